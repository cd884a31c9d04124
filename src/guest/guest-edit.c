/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "guest-edit.h"

#include <glib/gstdio.h>

#include "error.h"
#include "text-diff.h"
#include "xml-backup.h"

#include <glib/gi18n.h>

/**
 * HoGuestEdit:
 *
 * One change of one guest's description, from its difference, which the user is shown, to its
 * definition. It is the only way in which Handover changes a guest for good: every command, check
 * and window that offers a change goes through here, so each is shown first, backed up, validated
 * by libvirt and undone in the same way.
 *
 * What was shown is what is defined: if anybody changed the guest in between, nothing is done.
 * (libvirt itself has no compare-and-define, so a change within the few milliseconds of the last
 * comparison can still be lost; it is in the backup of whoever made it.)
 */
struct _HoGuestEdit
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoGuest *guest;
  char *raw; /* the description as libvirt sent it: what is compared and kept */
  char *old; /* the same, printed as `new` is */
  char *new;
  char *difference;
  char *undone; /* the name of the backup that is put back, for an undo */
  char *backup; /* the path of the backup, once there is one */
};

G_DEFINE_FINAL_TYPE (HoGuestEdit, ho_guest_edit, G_TYPE_OBJECT)

/* A change that is being prepared. */
typedef struct
{
  HoGuestEdit *self;
  HoXmlEdit edit; /* NULL: an undo */
  gpointer data;
  GDestroyNotify destroy;
} Preparation;

static void
preparation_free (gpointer data)
{
  Preparation *preparation = data;

  if (preparation->destroy != NULL)
    preparation->destroy (preparation->data);
  g_object_unref (preparation->self);
  g_free (preparation);
}

static void
ho_guest_edit_finalize (GObject *object)
{
  HoGuestEdit *self = HO_GUEST_EDIT (object);

  g_object_unref (self->hypervisor);
  g_object_unref (self->guest);
  g_free (self->raw);
  g_free (self->old);
  g_free (self->new);
  g_free (self->difference);
  g_free (self->undone);
  g_free (self->backup);

  G_OBJECT_CLASS (ho_guest_edit_parent_class)->finalize (object);
}

static void
ho_guest_edit_class_init (HoGuestEditClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ho_guest_edit_finalize;
}

static void
ho_guest_edit_init (HoGuestEdit *self)
{
}

/* Preparing: the old description, the new one, and how they differ. */

static void
on_compared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Preparation *preparation = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  preparation->self->difference = ho_text_diff_finish (result, &error);
  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_object_ref (preparation->self), g_object_unref);
}

/* Takes @task. */
static void
compare (GTask *task)
{
  Preparation *preparation = g_task_get_task_data (task);
  HoGuestEdit *self = preparation->self;
  const char *name = ho_guest_get_name (self->guest);
  g_autofree char *old_label = g_strdup_printf (_ ("%s, as it is"), name);
  g_autofree char *new_label = g_strdup_printf (
      preparation->edit != NULL ? _ ("%s, as it would be") : _ ("%s, as it was before"), name);

  ho_text_diff_async (old_label, self->old, new_label, self->new, g_task_get_cancellable (task),
                      on_compared, task);
}

/* An edit that gave the guest another identity would define another guest. */
static gboolean
check_identity (HoGuestEdit *self, xmlDoc *doc, GError **error)
{
  g_autofree char *uuid = ho_xml_get_text (ho_xml_find_child (xmlDocGetRootElement (doc), "uuid"));

  if (g_strcmp0 (uuid, ho_guest_get_uuid (self->guest)) == 0)
    return TRUE;
  g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
               _ ("The new description is not one of %s. Nothing was changed."),
               ho_guest_get_name (self->guest));
  return FALSE;
}

static void
on_undo_found (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    compare (g_steal_pointer (&task));
}

/* What the backup @name would make of the guest now, or %NULL. */
static char *
read_backup (HoGuestEdit *self, const char *name, GError **error)
{
  const char *uuid = ho_guest_get_uuid (self->guest);
  g_autofree char *xml = ho_xml_backup_load (uuid, name, error);
  g_autoptr (HoXmlDoc) doc = xml != NULL ? ho_xml_parse_domain (xml, error) : NULL;
  xmlNode *own_name;
  g_autofree char *text = NULL;

  if (doc == NULL || !check_identity (self, doc, error))
    return NULL;
  /* libvirt does not rename a guest by its description. */
  own_name = ho_xml_find_child (xmlDocGetRootElement (doc), "name");
  text = ho_xml_get_text (own_name);
  if (own_name != NULL && g_strcmp0 (text, ho_guest_get_name (self->guest)) != 0)
    ho_xml_set_text (own_name, ho_guest_get_name (self->guest));
  return ho_xml_print (doc);
}

/* Looks for the newest backup that differs from what is there: one that does not was made for a
 * change that libvirt refused. */
static void
find_undo (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  HoGuestEdit *self = source;
  const char *uuid = ho_guest_get_uuid (self->guest);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names = ho_xml_backup_list (uuid, &error);

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      const char *name = names->pdata[i];
      g_autofree char *text = read_backup (self, name, &error);

      if (text == NULL)
        break;
      if (g_str_equal (text, self->old) && i + 1 < names->len)
        continue;
      self->new = g_steal_pointer (&text);
      self->undone = g_strdup (name);
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Preparation *preparation = g_task_get_task_data (task);
  HoGuestEdit *self = preparation->self;
  g_autoptr (HoXmlDoc) doc = NULL;
  g_autoptr (GError) error = NULL;

  self->raw = ho_hypervisor_get_xml_finish (HO_HYPERVISOR (object), result, &error);
  doc = self->raw != NULL ? ho_xml_parse_domain (self->raw, &error) : NULL;
  if (doc != NULL)
    self->old = ho_xml_print (doc);
  if (doc != NULL && preparation->edit == NULL)
    {
      GCancellable *cancellable = g_task_get_cancellable (task);
      g_autoptr (GTask) search
          = g_task_new (self, cancellable, on_undo_found, g_steal_pointer (&task));

      g_task_run_in_thread (search, find_undo);
      return;
    }
  if (doc == NULL || !preparation->edit (doc, preparation->data, &error)
      || !check_identity (self, doc, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  self->new = ho_xml_print (doc);
  compare (g_steal_pointer (&task));
}

static void
prepare (HoHypervisor *hypervisor, HoGuest *guest, Preparation *preparation,
         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  HoGuestEdit *self = g_object_new (HO_TYPE_GUEST_EDIT, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->guest = g_object_ref (guest);
  preparation->self = self;
  g_task_set_source_tag (task, prepare);
  g_task_set_task_data (task, preparation, preparation_free);
  if (!ho_guest_is_persistent (guest))
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_UNSUPPORTED,
                             _ ("%s is gone as soon as it stops, so there is nothing to change for "
                                "good. Define it in libvirt first."),
                             ho_guest_get_name (guest));
  else
    ho_hypervisor_get_xml_async (hypervisor, ho_guest_get_uuid (guest), TRUE, cancellable, on_read,
                                 g_steal_pointer (&task));
}

/**
 * ho_guest_edit_prepare_async:
 * @hypervisor: what runs the guest
 * @guest: the guest
 * @edit: the change, called once and never after @callback
 * @edit_data: for @edit
 * @destroy_data: (nullable): frees @edit_data
 * @cancellable: (nullable): gives it up
 * @callback: called when the difference is there to be shown; nothing has been changed then
 * @user_data: for @callback
 *
 * The errors are those of @edit and of libvirt, and %HO_ERROR_UNSUPPORTED for a guest that libvirt
 * does not keep.
 */
void
ho_guest_edit_prepare_async (HoHypervisor *hypervisor, HoGuest *guest, HoXmlEdit edit,
                             gpointer edit_data, GDestroyNotify destroy_data,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  Preparation *preparation = g_new0 (Preparation, 1);

  preparation->edit = edit;
  preparation->data = edit_data;
  preparation->destroy = destroy_data;
  prepare (hypervisor, guest, preparation, cancellable, callback, user_data);
}

/**
 * ho_guest_edit_prepare_undo_async:
 * @hypervisor: what runs the guest
 * @guest: the guest
 * @cancellable: (nullable): gives it up
 * @callback: called when the difference is there to be shown; nothing has been changed then
 * @user_data: for @callback
 *
 * Prepares to put back what the guest was before Handover's last change that was not undone yet, so
 * that one undo after the other walks back through them all. What others changed since goes with
 * it, which the difference shows. The errors are those of libvirt, and %HO_ERROR_FAILED if nothing
 * is left to undo.
 */
void
ho_guest_edit_prepare_undo_async (HoHypervisor *hypervisor, HoGuest *guest,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  prepare (hypervisor, guest, g_new0 (Preparation, 1), cancellable, callback, user_data);
}

/**
 * ho_guest_edit_prepare_finish:
 *
 * Returns: (transfer full): the change, which may change nothing, see ho_guest_edit_changes()
 */
HoGuestEdit *
ho_guest_edit_prepare_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Applying: compare, back up, define. */

static void
on_defined (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoGuestEdit *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (ho_hypervisor_define_xml_finish (HO_HYPERVISOR (object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    {
      g_prefix_error (&error, _ ("%s was not changed: "), ho_guest_get_name (self->guest));
      g_task_return_error (task, g_steal_pointer (&error));
    }
}

static void
on_backed_up (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoGuestEdit *self = HO_GUEST_EDIT (object);
  g_autoptr (GTask) task = user_data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (GError) error = NULL;

  g_free (self->backup);
  self->backup = g_task_propagate_pointer (G_TASK (result), &error);
  if (self->backup == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    ho_hypervisor_define_xml_async (self->hypervisor, self->new, cancellable, on_defined,
                                    g_steal_pointer (&task));
}

static void
back_up (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  HoGuestEdit *self = source;
  g_autoptr (GError) error = NULL;
  char *path
      = ho_xml_backup_save (ho_guest_get_uuid (self->guest), self->raw, self->undone, &error);

  if (path != NULL)
    g_task_return_pointer (task, path, g_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_read_again (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoGuestEdit *self = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *now = ho_hypervisor_get_xml_finish (HO_HYPERVISOR (object), result, &error);
  g_autoptr (GTask) write = NULL;

  if (now == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (!g_str_equal (now, self->raw))
    {
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_REFUSED,
                               _ ("Another program has changed %s meanwhile, so this was not done. "
                                  "Look at the difference again."),
                               ho_guest_get_name (self->guest));
      return;
    }
  write = g_task_new (self, cancellable, on_backed_up, g_steal_pointer (&task));
  g_task_run_in_thread (write, back_up);
}

/**
 * ho_guest_edit_apply_async:
 * @self: a change
 * @cancellable: (nullable): gives it up; what libvirt has begun goes on
 * @callback: called when libvirt has taken or refused it
 * @user_data: for @callback
 *
 * Makes the change, once the old description is safe on disk. Nothing is written if there is
 * nothing to change. The errors are %HO_ERROR_REFUSED if the guest is not what it was when the
 * change was prepared, %HO_ERROR_FAILED if no backup can be kept, and what libvirt says; the guest
 * is as it was then. A running guest goes on unchanged until its next start.
 */
void
ho_guest_edit_apply_async (HoGuestEdit *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_guest_edit_apply_async);
  if (!ho_guest_edit_changes (self))
    g_task_return_boolean (task, TRUE);
  else
    ho_hypervisor_get_xml_async (self->hypervisor, ho_guest_get_uuid (self->guest), TRUE,
                                 cancellable, on_read_again, g_steal_pointer (&task));
}

gboolean
ho_guest_edit_apply_finish (HoGuestEdit *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

HoGuest *
ho_guest_edit_get_guest (HoGuestEdit *self)
{
  return self->guest;
}

/**
 * ho_guest_edit_changes:
 * @self: a change
 *
 * Returns: whether it changes anything: %FALSE if the guest is already as it would be
 */
gboolean
ho_guest_edit_changes (HoGuestEdit *self)
{
  return !g_str_equal (self->old, self->new);
}

/**
 * ho_guest_edit_get_old:
 * @self: a change
 *
 * Returns: the description before it, printed as the new one is
 */
const char *
ho_guest_edit_get_old (HoGuestEdit *self)
{
  return self->old;
}

/**
 * ho_guest_edit_get_difference:
 * @self: a change
 *
 * Returns: the unified difference between old and new, empty if it changes nothing
 */
const char *
ho_guest_edit_get_difference (HoGuestEdit *self)
{
  return self->difference;
}

/**
 * ho_guest_edit_get_backup:
 * @self: a change
 *
 * Returns: (nullable): the path of the backup that was made for it, once that is on disk
 */
const char *
ho_guest_edit_get_backup (HoGuestEdit *self)
{
  return self->backup;
}

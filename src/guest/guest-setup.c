/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "guest-setup.h"

#include "apparmor.h"
#include "error.h"
#include "passed-sound.h"
#include "paths.h"
#include "xml-edits.h"

#include <glib/gi18n.h>

/* What Handover can add to a guest by itself, as one edit for #HoGuestEdit: the parts that the user
 * named, or all of them. */
typedef struct
{
  HoGuest *guest;
  char **parts;
  char *socket;
  char *passed_sound;
  char *apparmor;
  GPtrArray *notes; /* why parts were left out, when all were asked for */
} Setup;

static const struct
{
  const char *name;
  HoXmlEdit edit;
} parts[] = {
  { HO_SETUP_RETURN_CHANNEL, ho_xml_edit_return_channel },
  { HO_SETUP_AUDIO, ho_xml_edit_audio },
};

static char *
list_parts (void)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", parts[i].name);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static gboolean
check_part (const char *name, GError **error)
{
  g_autofree char *names = list_parts ();

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (g_str_equal (parts[i].name, name))
        return TRUE;
    }
  g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
               _ ("There is no part “%s” to set up. There are: %s."), name, names);
  return FALSE;
}

static void
setup_free (gpointer data)
{
  Setup *self = data;

  g_object_unref (self->guest);
  g_strfreev (self->parts);
  g_free (self->socket);
  g_free (self->passed_sound);
  g_free (self->apparmor);
  g_ptr_array_unref (self->notes);
  g_free (self);
}

static Setup *
setup_new (HoGuest *guest, const char *const *names)
{
  g_autofree char *run_dir = ho_paths_get_run_dir ();
  Setup *self = g_new0 (Setup, 1);

  self->guest = g_object_ref (guest);
  self->parts = names != NULL && *names != NULL ? g_strdupv ((char **) names) : NULL;
  self->socket = g_build_filename (run_dir, "pulse.sock", NULL);
  self->passed_sound = ho_passed_sound_find (ho_guest_get_facts (guest), "/sys");
  self->notes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->notes, NULL);
  return self;
}

static void
add_note (Setup *self, const char *note)
{
  g_ptr_array_insert (self->notes, (int) self->notes->len - 1, g_strdup (note));
}

/* A #HoXmlEdit. A part that was asked for by name and cannot be is an error; when all were asked
 * for it becomes a note. */
static gboolean
edit (xmlDoc *doc, gpointer data, GError **error)
{
  Setup *self = data;
  HoXmlAudio audio = { self->socket, self->passed_sound, self->apparmor };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (GError) reason = NULL;

      if (self->parts != NULL
          && !g_strv_contains ((const char *const *) self->parts, parts[i].name))
        continue;
      if (parts[i].edit (doc, &audio, &reason))
        continue;
      if (self->parts != NULL
          || (!g_error_matches (reason, HO_ERROR, HO_ERROR_UNSUPPORTED)
              && !g_error_matches (reason, HO_ERROR, HO_ERROR_REFUSED)))
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
      add_note (self, reason->message);
    }
  return TRUE;
}

static void
on_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  HoGuestEdit *prepared = ho_guest_edit_prepare_finish (result, &error);

  if (prepared == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, prepared, g_object_unref);
}

/* libvirt has said, or not, what confines its guests. */
static void
on_host (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Setup *self = g_task_get_task_data (task);
  HoHypervisor *hypervisor = HO_HYPERVISOR (object);
  GError *error = NULL;
  g_autoptr (HoVirtHost) host = ho_hypervisor_get_host_finish (hypervisor, result, &error);

  if (host == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (ho_hypervisor_is_local (hypervisor) && ho_virt_host_may_confine_by (host, "apparmor")
      && ho_apparmor_judge ("", self->socket, NULL) == HO_APPARMOR_LACKS_RULE)
    self->apparmor = ho_apparmor_get_command (self->socket);
  ho_guest_edit_prepare_async (hypervisor, self->guest, edit, self, NULL,
                               g_task_get_cancellable (task), on_prepared, g_object_ref (task));
}

/**
 * ho_guest_setup_prepare_async:
 * @hypervisor: has @guest
 * @guest: the guest
 * @names: (nullable): the parts to set up, see %HO_SETUP_AUDIO; %NULL or empty for all that make
 *   sense for @guest
 * @cancellable: (nullable): forgets the answer
 * @callback: called when the difference is known; nothing has been changed then
 * @user_data: for @callback
 *
 * Works out what Handover needs to add to @guest.
 */
void
ho_guest_setup_prepare_async (HoHypervisor *hypervisor, HoGuest *guest, const char *const *names,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (hypervisor, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, ho_guest_setup_prepare_async);
  for (const char *const *name = names; name != NULL && *name != NULL; name++)
    {
      if (check_part (*name, &error))
        continue;
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, setup_new (guest, names), setup_free);
  ho_hypervisor_get_host_async (hypervisor, NULL, cancellable, on_host, g_steal_pointer (&task));
}

/**
 * ho_guest_setup_prepare_finish:
 * @hypervisor: the hypervisor
 * @result: what the callback got
 * @notes: (out) (optional): sentences for the user: why a part was left out
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the change, to be shown and applied; or %NULL with %HO_ERROR_USAGE if
 *   there is no such part, %HO_ERROR_UNSUPPORTED if one is not for this guest, or %HO_ERROR_REFUSED
 *   if the guest could not start with it
 */
HoGuestEdit *
ho_guest_setup_prepare_finish (HoHypervisor *hypervisor, GAsyncResult *result, GStrv *notes,
                               GError **error)
{
  Setup *self;

  g_return_val_if_fail (g_task_is_valid (result, hypervisor), NULL);
  self = g_task_get_task_data (G_TASK (result));
  if (notes != NULL)
    *notes = self != NULL ? g_strdupv ((GStrv) self->notes->pdata) : g_new0 (char *, 1);
  return g_task_propagate_pointer (G_TASK (result), error);
}

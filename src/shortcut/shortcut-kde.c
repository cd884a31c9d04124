/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-shortcut"

#include "shortcut-kde.h"

#include "error.h"

#include <glib/gi18n.h>

#define OBJECT_PATH "/kglobalaccel"
#define INTERFACE "org.kde.KGlobalAccel"
#define COMPONENT_INTERFACE "org.kde.kglobalaccel.Component"

/* Who we are to kglobalaccel. It remembers keys by these, so they never change. */
#define COMPONENT "org.handover.Handover"
#define ACTION "switch-input"

/* Flags of setShortcutKeys: what kglobalaccel calls SetPresent, NoAutoloading and IsDefault. */
#define SET_PRESENT 2
#define NO_AUTOLOADING 4
#define IS_DEFAULT 8

/* How many codes a QKeySequence has. */
#define N_CODES 4

/**
 * HoShortcutKde:
 *
 * Plasma's own service for global shortcuts, on X11 and Wayland. The user sees the shortcut in
 * System Settings and can change it there. kglobalaccel keeps what it was told last as the default:
 * while that is what our setting says, the user's choice in System Settings holds, and a setting
 * that has changed since is put through.
 *
 * Interface: kglobalacceld.h of KDE's kglobalaccel, from 5.90 on.
 */
struct _HoShortcutKde
{
  GObject parent;

  GDBusConnection *connection;
  gboolean may_start; /* whether the service may be started for this */

  GTask *binding; /* as long as it goes on */
  HoAccelerator wanted;
  gboolean registered;
  guint signals[3];
};

static void ho_shortcut_kde_iface_init (HoShortcutBackendInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoShortcutKde, ho_shortcut_kde, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_SHORTCUT_BACKEND,
                                                      ho_shortcut_kde_iface_init))

static GVariant *
action_id (void)
{
  const char *id[] = { COMPONENT, ACTION, "Handover", _ ("Switch keyboard and mouse"), NULL };

  return g_variant_new_strv (id, -1);
}

static GVariant *
key_sequences (gint32 qt)
{
  GVariantBuilder sequences;

  g_variant_builder_init (&sequences, G_VARIANT_TYPE ("a(ai)"));
  if (qt != 0)
    {
      gint32 codes[N_CODES] = { qt };

      g_variant_builder_add (
          &sequences, "(@ai)",
          g_variant_new_fixed_array (G_VARIANT_TYPE_INT32, codes, N_CODES, sizeof *codes));
    }
  return g_variant_builder_end (&sequences);
}

/* Returns the keys of an `a(ai)` as people call them, NULL if there are none. */
static char *
dup_sequences_label (GVariant *sequences)
{
  g_autoptr (GString) label = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (sequences); i++)
    {
      g_autoptr (GVariant) sequence = g_variant_get_child_value (sequences, i);
      g_autoptr (GVariant) codes = g_variant_get_child_value (sequence, 0);
      g_autofree char *keys = NULL;
      HoAccelerator accelerator;
      gsize n;
      const gint32 *code = g_variant_get_fixed_array (codes, &n, sizeof *code);

      if (n == 0 || code[0] == 0)
        continue;
      keys = ho_accelerator_from_qt (code[0], &accelerator)
                 ? ho_accelerator_dup_label (&accelerator)
                 : g_strdup_printf (_ ("key %#x"), (guint) code[0]);
      g_string_append_printf (label, "%s%s", label->len > 0 ? ", " : "", keys);
    }
  return label->len > 0 ? g_string_free (g_steal_pointer (&label), FALSE) : NULL;
}

static gboolean
has_key (GVariant *sequences, gint32 qt)
{
  for (gsize i = 0; i < g_variant_n_children (sequences); i++)
    {
      g_autoptr (GVariant) sequence = g_variant_get_child_value (sequences, i);
      g_autoptr (GVariant) codes = g_variant_get_child_value (sequence, 0);
      gsize n;
      const gint32 *code = g_variant_get_fixed_array (codes, &n, sizeof *code);

      if (n > 0 && code[0] == qt)
        return TRUE;
    }
  return FALSE;
}

/* Signals of the service. */

static void
on_component_signal (GDBusConnection *connection, const char *sender, const char *path,
                     const char *interface, const char *signal, GVariant *parameters,
                     gpointer user_data)
{
  HoShortcutBackend *self = user_data;
  const char *action;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ssx)")))
    return;
  g_variant_get_child (parameters, 1, "&s", &action);
  if (!g_str_equal (action, ACTION))
    return;
  if (g_str_equal (signal, "globalShortcutPressed"))
    ho_shortcut_backend_emit_pressed (self);
  else if (g_str_equal (signal, "globalShortcutReleased"))
    ho_shortcut_backend_emit_released (self);
}

static void
on_shortcuts_changed (GDBusConnection *connection, const char *sender, const char *path,
                      const char *interface, const char *signal, GVariant *parameters,
                      gpointer user_data)
{
  g_auto (GStrv) id = NULL;
  g_autoptr (GVariant) sequences = NULL;
  g_autofree char *label = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(asa(ai))")))
    return;
  g_variant_get (parameters, "(^as@a(ai))", &id, &sequences);
  if (g_strv_length (id) < 2 || !g_str_equal (id[0], COMPONENT) || !g_str_equal (id[1], ACTION))
    return;
  label = dup_sequences_label (sequences);
  ho_shortcut_backend_emit_rebound (user_data, label);
}

static void
on_name_owner_changed (GDBusConnection *connection, const char *sender, const char *path,
                       const char *interface, const char *signal, GVariant *parameters,
                       gpointer user_data)
{
  HoShortcutKde *self = user_data;
  const char *old_owner;

  g_variant_get (parameters, "(&s&s&s)", NULL, &old_owner, NULL);
  /* Whoever comes now knows nothing of us; only a first start is ours to wait for. */
  if (*old_owner == '\0')
    return;
  self->registered = FALSE;
  ho_shortcut_backend_emit_lost (HO_SHORTCUT_BACKEND (self));
}

static void
subscribe (HoShortcutKde *self)
{
  self->signals[0] = g_dbus_connection_signal_subscribe (
      self->connection, HO_KGLOBALACCEL_NAME, COMPONENT_INTERFACE, NULL, NULL, COMPONENT,
      G_DBUS_SIGNAL_FLAGS_NONE, on_component_signal, self, NULL);
  self->signals[1] = g_dbus_connection_signal_subscribe (
      self->connection, HO_KGLOBALACCEL_NAME, INTERFACE, "yourShortcutsChanged", OBJECT_PATH, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_shortcuts_changed, self, NULL);
  self->signals[2] = g_dbus_connection_signal_subscribe (
      self->connection, "org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged",
      "/org/freedesktop/DBus", HO_KGLOBALACCEL_NAME, G_DBUS_SIGNAL_FLAGS_NONE,
      on_name_owner_changed, self, NULL);
}

static void
unsubscribe (HoShortcutKde *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->signals); i++)
    if (self->signals[i] != 0)
      {
        g_dbus_connection_signal_unsubscribe (self->connection, self->signals[i]);
        self->signals[i] = 0;
      }
}

/* Binding: one call after another, each started by the answer to the one before. */

static void
call (HoShortcutKde *self, const char *method, GVariant *arguments, const char *reply,
      GAsyncReadyCallback callback)
{
  g_dbus_connection_call (self->connection, HO_KGLOBALACCEL_NAME, OBJECT_PATH, INTERFACE, method,
                          arguments, reply != NULL ? G_VARIANT_TYPE (reply) : NULL,
                          self->may_start ? G_DBUS_CALL_FLAGS_NONE
                                          : G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          -1, callback != NULL ? g_task_get_cancellable (self->binding) : NULL,
                          callback, callback != NULL ? g_object_ref (self) : NULL);
}

static void
end_with_error (HoShortcutKde *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->binding);

  g_task_return_error (task, error);
}

/* Takes the answer to one of our calls. On failure it ends the binding and returns NULL. */
static GVariant *
take_reply (HoShortcutKde *self, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  GVariant *reply = g_dbus_connection_call_finish (self->connection, result, &error);

  /* An answer that nobody waits for any more, after a cancelled binding. */
  if (self->binding == NULL)
    {
      g_clear_pointer (&reply, g_variant_unref);
      return NULL;
    }
  if (reply != NULL)
    return reply;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      end_with_error (self, g_steal_pointer (&error));
      return NULL;
    }
  g_dbus_error_strip_remote_error (error);
  g_debug ("kglobalaccel does not take the shortcut: %s", error->message);
  end_with_error (self, g_error_new (HO_ERROR, HO_ERROR_UNSUPPORTED,
                                     _ ("Plasma does not take the shortcut: %s"), error->message));
  return NULL;
}

static void
on_owner_known (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoShortcutKde) self = user_data;
  g_autoptr (GVariant) reply = take_reply (self, result);
  g_autofree char *keys = NULL;
  g_auto (GStrv) owner = NULL;

  if (reply == NULL)
    return;
  keys = ho_accelerator_dup_label (&self->wanted);
  g_variant_get (reply, "(^as)", &owner);
  if (g_strv_length (owner) >= 4 && !g_str_equal (owner[0], COMPONENT))
    end_with_error (
        self, g_error_new (HO_ERROR, HO_ERROR_REFUSED,
                           _ ("%s is taken by “%s” for “%s”. Choose other keys, or free these in "
                              "System Settings."),
                           keys, owner[2], owner[3]));
  else
    end_with_error (
        self, g_error_new (HO_ERROR, HO_ERROR_REFUSED,
                           _ ("The shortcut was taken away in System Settings. Set it there, under "
                              "Shortcuts, Handover.")));
}

static void
on_set (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoShortcutKde) self = user_data;
  g_autoptr (GVariant) reply = take_reply (self, result);
  g_autoptr (GVariant) granted = NULL;
  g_autoptr (GTask) task = NULL;
  gint32 qt = ho_accelerator_to_qt (&self->wanted);
  char *label;

  if (reply == NULL)
    return;
  self->registered = TRUE;
  granted = g_variant_get_child_value (reply, 0);
  label = dup_sequences_label (granted);
  if (label == NULL)
    {
      call (self, "action", g_variant_new ("(i)", qt), "(as)", on_owner_known);
      return;
    }
  /* What is refused is no default, so that it is asked for again at the next start. */
  if (has_key (granted, qt))
    call (self, "setShortcutKeys",
          g_variant_new ("(@as@a(ai)u)", action_id (), key_sequences (qt),
                         (guint32) (IS_DEFAULT | SET_PRESENT)),
          NULL, NULL);
  task = g_steal_pointer (&self->binding);
  g_task_return_pointer (task, label, g_free);
}

static void
on_default_known (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoShortcutKde) self = user_data;
  g_autoptr (GVariant) reply = take_reply (self, result);
  g_autoptr (GVariant) before = NULL;
  gint32 qt = ho_accelerator_to_qt (&self->wanted);
  guint32 flags = SET_PRESENT;

  if (reply == NULL)
    return;
  before = g_variant_get_child_value (reply, 0);
  if (!has_key (before, qt))
    flags |= NO_AUTOLOADING;
  call (self, "setShortcutKeys",
        g_variant_new ("(@as@a(ai)u)", action_id (), key_sequences (qt), flags), "(a(ai))", on_set);
}

static void
on_registered (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoShortcutKde) self = user_data;
  g_autoptr (GVariant) reply = take_reply (self, result);

  if (reply == NULL)
    return;
  self->registered = TRUE;
  call (self, "defaultShortcutKeys", g_variant_new ("(@as)", action_id ()), "(a(ai))",
        on_default_known);
}

static void
ho_shortcut_kde_bind (HoShortcutBackend *backend, const HoAccelerator *wanted, GTask *task)
{
  HoShortcutKde *self = HO_SHORTCUT_KDE (backend);

  self->wanted = *wanted;
  self->binding = task;
  subscribe (self);
  call (self, "doRegister", g_variant_new ("(@as)", action_id ()), "()", on_registered);
}

static void
ho_shortcut_kde_unbind (HoShortcutBackend *backend)
{
  HoShortcutKde *self = HO_SHORTCUT_KDE (backend);
  g_autoptr (GTask) task = g_steal_pointer (&self->binding);

  if (task != NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "unbound");
  unsubscribe (self);
  /* Nobody waits for the answer; it may be the last thing that the program does. */
  if (self->registered)
    g_dbus_connection_call (self->connection, HO_KGLOBALACCEL_NAME, OBJECT_PATH, INTERFACE,
                            "setInactive", g_variant_new ("(@as)", action_id ()), NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
  self->registered = FALSE;
}

static void
ho_shortcut_kde_dispose (GObject *object)
{
  HoShortcutKde *self = HO_SHORTCUT_KDE (object);

  if (self->connection != NULL)
    ho_shortcut_kde_unbind (HO_SHORTCUT_BACKEND (self));
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (ho_shortcut_kde_parent_class)->dispose (object);
}

static void
ho_shortcut_kde_class_init (HoShortcutKdeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_shortcut_kde_dispose;
}

static void
ho_shortcut_kde_iface_init (HoShortcutBackendInterface *iface)
{
  iface->bind = ho_shortcut_kde_bind;
  iface->unbind = ho_shortcut_kde_unbind;
}

static void
ho_shortcut_kde_init (HoShortcutKde *self)
{
}

/**
 * ho_shortcut_kde_new:
 * @connection: to the session bus
 * @may_start: whether kglobalaccel may be started if it does not run
 *
 * Returns: (transfer full): a backend without keys
 */
HoShortcutKde *
ho_shortcut_kde_new (GDBusConnection *connection, gboolean may_start)
{
  HoShortcutKde *self = g_object_new (HO_TYPE_SHORTCUT_KDE, NULL);

  self->connection = g_object_ref (connection);
  self->may_start = may_start;
  return self;
}

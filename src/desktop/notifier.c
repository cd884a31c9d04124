/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "notifier.h"

#include "actions.h"
#include "status-text.h"

#include <glib/gi18n.h>

#define SUBJECT_CONNECTION "connection"
#define SUBJECT_SETTINGS "settings"
#define SUBJECT_STATUS "status"
#define SUBJECT_GUEST_PREFIX "guest:"

/**
 * HoNotifier:
 *
 * Tells the user what happened while they were looking elsewhere, and offers what can be done about
 * it. What is told is decided here, how it is shown is the board's business.
 */
struct _HoNotifier
{
  GObject parent;

  HoCore *core;
  HoActions *actions;
  HoNoticeBoard *board;
  GHashTable *told; /* uuid → HoGuestState: the last state that was not a passing one */
  gboolean lost;    /* the user was told that the connection is gone */
};

G_DEFINE_FINAL_TYPE (HoNotifier, ho_notifier, G_TYPE_OBJECT)

static gboolean
is_wanted (HoNotifier *self, const char *key)
{
  return g_settings_get_boolean (ho_settings_get_global (ho_core_get_settings (self->core)), key);
}

static char *
guest_subject (HoGuest *guest)
{
  return g_strconcat (SUBJECT_GUEST_PREFIX, ho_guest_get_uuid (guest), NULL);
}

static void
put_guest_notice (HoNotifier *self, HoGuest *guest, HoNotice *notice)
{
  g_autofree char *subject = guest_subject (guest);

  ho_notice_board_put (self->board, subject, notice);
}

static HoNotice *
new_guest_notice (HoGuest *guest, char *title, const char *body)
{
  return ho_notice_new (ho_status_text_get_icon (HO_CONNECTION_CONNECTED, guest), title, body);
}

static void
tell_off (HoNotifier *self, HoGuest *guest)
{
  const char *name = ho_guest_get_name (guest);
  char *title;

  switch (ho_guest_get_reason (guest))
    {
    case HO_REASON_FORCED_OFF:
      title = g_strdup_printf (_ ("%s was forced off"), name);
      break;
    case HO_REASON_SAVED:
      title = g_strdup_printf (_ ("%s was saved"), name);
      break;
    case HO_REASON_NONE:
    case HO_REASON_FAILED:
    case HO_REASON_IO_ERROR:
    default:
      title = g_strdup_printf (_ ("%s has shut down"), name);
    }
  put_guest_notice (self, guest, new_guest_notice (guest, title, NULL));
}

static void
tell_crashed (HoNotifier *self, HoGuest *guest)
{
  HoNotice *notice
      = new_guest_notice (guest, g_strdup_printf (_ ("%s has crashed"), ho_guest_get_name (guest)),
                          _ ("Its process has ended by itself. libvirt's log of the guest says "
                             "more."));

  ho_notice_add_action (notice, "start", _ ("Start again"));
  put_guest_notice (self, guest, notice);
}

static void
tell_disk_error (HoNotifier *self, HoGuest *guest)
{
  HoNotice *notice = new_guest_notice (
      guest, g_strdup_printf (_ ("%s is paused by a disk error"), ho_guest_get_name (guest)),
      _ ("A disk of the guest failed, or the host's disk is full. Make room, "
         "then resume."));

  notice->urgent = TRUE;
  ho_notice_add_action (notice, "start", _ ("Resume"));
  put_guest_notice (self, guest, notice);
}

static void
tell_running (HoNotifier *self, HoGuest *guest)
{
  put_guest_notice (
      self, guest,
      new_guest_notice (guest, g_strdup_printf (_ ("%s is running"), ho_guest_get_name (guest)),
                        NULL));
}

static void
on_guest_state_changed (HoNotifier *self, HoGuest *guest)
{
  const char *uuid = ho_guest_get_uuid (guest);
  HoGuestState state = ho_guest_get_state (guest);
  HoGuestState before = (HoGuestState) GPOINTER_TO_INT (g_hash_table_lookup (self->told, uuid));
  gboolean was_active = ho_guest_state_is_active (before);

  if (state == HO_GUEST_STARTING || state == HO_GUEST_STOPPING || state == before)
    return;
  g_hash_table_insert (self->told, g_strdup (uuid), GINT_TO_POINTER (state));

  if (state == HO_GUEST_CRASHED && is_wanted (self, HO_KEY_NOTIFY_PROBLEM))
    tell_crashed (self, guest);
  else if (state == HO_GUEST_PAUSED && ho_guest_get_reason (guest) == HO_REASON_IO_ERROR
           && is_wanted (self, HO_KEY_NOTIFY_PROBLEM))
    tell_disk_error (self, guest);
  else if (state == HO_GUEST_OFF && was_active && is_wanted (self, HO_KEY_NOTIFY_GUEST))
    tell_off (self, guest);
  else if (state == HO_GUEST_RUNNING && !was_active && is_wanted (self, HO_KEY_NOTIFY_GUEST))
    tell_running (self, guest);
  else
    {
      /* What was told before does not hold any more. */
      g_autofree char *subject = guest_subject (guest);

      ho_notice_board_remove (self->board, subject);
    }
}

static void
on_guest_added (HoNotifier *self, HoGuest *guest)
{
  g_hash_table_insert (self->told, g_strdup (ho_guest_get_uuid (guest)),
                       GINT_TO_POINTER (ho_guest_get_state (guest)));
}

static void
on_guest_removed (HoNotifier *self, HoGuest *guest)
{
  g_autofree char *subject = guest_subject (guest);

  g_hash_table_remove (self->told, ho_guest_get_uuid (guest));
  ho_notice_board_remove (self->board, subject);
}

static void
on_shutdown_ignored (HoNotifier *self, HoGuest *guest, guint seconds)
{
  g_autofree char *body
      = g_strdup_printf (ngettext ("It was asked to shut down %u second ago. Forcing it off loses "
                                   "unsaved work.",
                                   "It was asked to shut down %u seconds ago. Forcing it off loses "
                                   "unsaved work.",
                                   seconds),
                         seconds);
  HoNotice *notice;

  if (!is_wanted (self, HO_KEY_NOTIFY_PROBLEM))
    return;
  notice = new_guest_notice (
      guest, g_strdup_printf (_ ("%s is still running"), ho_guest_get_name (guest)), body);
  notice->urgent = TRUE;
  ho_notice_add_action (notice, "force-off", _ ("Force off"));
  ho_notice_add_action (notice, "stop", _ ("Keep waiting"));
  put_guest_notice (self, guest, notice);
}

static void
on_connection_changed (HoNotifier *self)
{
  HoHypervisor *hypervisor = ho_core_get_hypervisor (self->core);
  HoConnectionState state = ho_hypervisor_get_state (hypervisor);
  const char *icon = ho_status_text_get_icon (state, NULL);
  char *title = ho_status_text_describe (state, NULL);
  g_autofree char *problem = ho_hypervisor_dup_problem (hypervisor);

  if (!is_wanted (self, HO_KEY_NOTIFY_CONNECTION) || state == HO_CONNECTION_CONNECTING)
    {
      g_free (title);
    }
  else if (state != HO_CONNECTION_CONNECTED)
    {
      self->lost = TRUE;
      ho_notice_board_put (self->board, SUBJECT_CONNECTION, ho_notice_new (icon, title, problem));
    }
  else
    {
      g_free (title);
      if (self->lost)
        ho_notice_board_put (
            self->board, SUBJECT_CONNECTION,
            ho_notice_new (icon, g_strdup (_ ("The connection to libvirt is back")), NULL));
      self->lost = FALSE;
    }
}

static void
on_settings_warnings (HoNotifier *self)
{
  HoSettings *settings = ho_core_get_settings (self->core);
  g_autofree char *body = g_strjoinv ("\n", (char **) ho_settings_get_warnings (settings));

  if (*body == '\0')
    ho_notice_board_remove (self->board, SUBJECT_SETTINGS);
  else
    ho_notice_board_put (
        self->board, SUBJECT_SETTINGS,
        ho_notice_new ("dialog-warning", g_strdup (_ ("Some settings are not used")), body));
}

static void
on_action (HoNotifier *self, const char *subject, const char *action)
{
  HoGuest *guest;

  if (!g_str_has_prefix (subject, SUBJECT_GUEST_PREFIX))
    return;
  guest = ho_guest_list_get_by_uuid (ho_core_get_guests (self->core),
                                     subject + strlen (SUBJECT_GUEST_PREFIX));
  if (guest == NULL)
    return;
  if (g_str_equal (action, "start"))
    ho_actions_start (self->actions, guest);
  else if (g_str_equal (action, "stop"))
    ho_actions_stop (self->actions, guest);
  else if (g_str_equal (action, "force-off"))
    ho_actions_force_off (self->actions, guest);
}

static gboolean
on_failed (HoNotifier *self, HoGuest *guest, const GError *error)
{
  put_guest_notice (
      self, guest,
      ho_notice_new ("dialog-error", ho_status_text_describe_guest (guest), error->message));
  return TRUE;
}

static void
ho_notifier_dispose (GObject *object)
{
  HoNotifier *self = HO_NOTIFIER (object);

  g_clear_object (&self->board);
  g_clear_object (&self->actions);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_notifier_parent_class)->dispose (object);
}

static void
ho_notifier_finalize (GObject *object)
{
  HoNotifier *self = HO_NOTIFIER (object);

  g_hash_table_unref (self->told);

  G_OBJECT_CLASS (ho_notifier_parent_class)->finalize (object);
}

static void
ho_notifier_class_init (HoNotifierClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_notifier_dispose;
  object_class->finalize = ho_notifier_finalize;
}

static void
ho_notifier_init (HoNotifier *self)
{
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * ho_notifier_new:
 * @core: what is to be told of
 * @actions: what the buttons do; its failures are told as well
 * @board: where it is shown
 *
 * Returns: (transfer full): the notifier
 */
HoNotifier *
ho_notifier_new (HoCore *core, HoActions *actions, HoNoticeBoard *board)
{
  HoNotifier *self = g_object_new (HO_TYPE_NOTIFIER, NULL);
  HoSettings *settings = ho_core_get_settings (core);

  self->core = g_object_ref (core);
  self->actions = g_object_ref (actions);
  self->board = g_object_ref (board);

  g_object_connect (ho_core_get_guests (core), "swapped-object-signal::guest-added", on_guest_added,
                    self, "swapped-object-signal::guest-removed", on_guest_removed, self,
                    "swapped-object-signal::guest-changed::state", on_guest_state_changed, self,
                    NULL);
  g_signal_connect_object (ho_core_get_control (core), "shutdown-ignored",
                           G_CALLBACK (on_shutdown_ignored), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_hypervisor (core), "notify::state",
                           G_CALLBACK (on_connection_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::warnings", G_CALLBACK (on_settings_warnings), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (actions, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (board, "action", G_CALLBACK (on_action), self, G_CONNECT_SWAPPED);
  if (*ho_settings_get_warnings (settings) != NULL)
    on_settings_warnings (self);
  return self;
}

/**
 * ho_notifier_tell_status:
 * @self: a notifier
 *
 * Tells how things stand, to a user who has started Handover once more.
 */
void
ho_notifier_tell_status (HoNotifier *self)
{
  HoHypervisor *hypervisor = ho_core_get_hypervisor (self->core);
  HoConnectionState state = ho_hypervisor_get_state (hypervisor);
  HoGuest *guest = ho_core_get_primary_guest (self->core);
  g_autofree char *problem = ho_hypervisor_dup_problem (hypervisor);

  ho_notice_board_put (
      self->board, SUBJECT_STATUS,
      ho_notice_new (ho_status_text_get_icon (state, guest), ho_status_text_describe (state, guest),
                     problem != NULL ? problem
                                     : _ ("Handover is running. Its icon is in the system "
                                          "tray.")));
}

/**
 * ho_notifier_confirm_force_off:
 * @self: a notifier
 * @guest: a guest
 *
 * Asks whether the power of @guest is really to be cut, and does it if the user says so.
 */
void
ho_notifier_confirm_force_off (HoNotifier *self, HoGuest *guest)
{
  HoNotice *notice
      = new_guest_notice (guest, g_strdup_printf (_ ("Force %s off?"), ho_guest_get_name (guest)),
                          _ ("Unsaved work in the guest is lost."));

  notice->urgent = TRUE;
  ho_notice_add_action (notice, "force-off", _ ("Force off"));
  ho_notice_add_action (notice, "keep", _ ("Leave it running"));
  put_guest_notice (self, guest, notice);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "audio-notices.h"

#include <glib/gi18n.h>

#define ICON "audio-volume-muted"
#define SUBJECT "audio"
#define SUBJECT_GUEST_PREFIX "audio:"

/**
 * HoAudioNotices:
 *
 * Tells when a guest that should be heard cannot be.
 */
struct _HoAudioNotices
{
  GObject parent;

  HoCore *core;
  HoNoticeBoard *board;
  char *told; /* the problem or delay that is shown */
};

G_DEFINE_FINAL_TYPE (HoAudioNotices, ho_audio_notices, G_TYPE_OBJECT)

static gboolean
is_wanted (HoAudioNotices *self)
{
  return g_settings_get_boolean (ho_settings_get_global (ho_core_get_settings (self->core)),
                                 HO_KEY_NOTIFY_AUDIO);
}

static char *
get_subject (HoGuest *guest)
{
  return g_strconcat (SUBJECT_GUEST_PREFIX, ho_guest_get_uuid (guest), NULL);
}

static void
on_silenced (HoAudioNotices *self, HoGuest *guest)
{
  g_autofree char *subject = get_subject (guest);
  gboolean module = ho_audio_link_get_mode (ho_core_get_audio (self->core)) == HO_AUDIO_MODE_MODULE;

  if (!is_wanted (self))
    return;
  ho_notice_board_put (
      self->board, subject,
      ho_notice_new (
          ICON,
          g_strdup_printf (_ ("%s stays silent until it restarts"), ho_guest_get_name (guest)),
          module ? _ ("The sound server was restarted, and QEMU does not connect to it "
                      "again. The bridge would: set “audio-mode” to 'bridge'.")
                 : _ ("The bridge for its sound was restarted, and QEMU does not connect "
                      "to it again.")));
}

static void
on_guest_changed (HoAudioNotices *self, HoGuest *guest)
{
  g_autofree char *subject = NULL;

  if (ho_guest_is_active (guest))
    return;
  subject = get_subject (guest);
  ho_notice_board_remove (self->board, subject);
}

static void
on_changed (HoAudioNotices *self)
{
  HoAudioLink *link = ho_core_get_audio (self->core);
  const char *problem = ho_audio_link_get_problem (link);
  const char *text = problem;

  if (text == NULL && ho_audio_link_is_unanswered (link))
    text = ho_audio_link_get_delay (link);
  if (g_strcmp0 (text, self->told) == 0)
    return;
  g_free (self->told);
  self->told = g_strdup (text);
  if (text == NULL)
    ho_notice_board_remove (self->board, SUBJECT);
  else if (is_wanted (self))
    ho_notice_board_put (
        self->board, SUBJECT,
        ho_notice_new (ICON,
                       g_strdup (problem != NULL ? _ ("Guests cannot be heard")
                                                 : _ ("Guests are silent for now")),
                       text));
}

static void
ho_audio_notices_dispose (GObject *object)
{
  HoAudioNotices *self = HO_AUDIO_NOTICES (object);

  g_clear_pointer (&self->told, g_free);
  g_clear_object (&self->board);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_audio_notices_parent_class)->dispose (object);
}

static void
ho_audio_notices_class_init (HoAudioNoticesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_audio_notices_dispose;
}

static void
ho_audio_notices_init (HoAudioNotices *self)
{
}

/**
 * ho_audio_notices_new:
 * @core: what is to be told of
 * @board: where it is shown
 *
 * Returns: (transfer full): the notices
 */
HoAudioNotices *
ho_audio_notices_new (HoCore *core, HoNoticeBoard *board)
{
  HoAudioNotices *self = g_object_new (HO_TYPE_AUDIO_NOTICES, NULL);
  HoAudioLink *link = ho_core_get_audio (core);

  self->core = g_object_ref (core);
  self->board = g_object_ref (board);
  g_signal_connect_object (link, "silenced", G_CALLBACK (on_silenced), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (link, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_object_connect (ho_core_get_guests (core), "swapped-object-signal::guest-changed::state",
                    on_guest_changed, self, "swapped-object-signal::guest-removed",
                    on_guest_changed, self, NULL);
  return self;
}

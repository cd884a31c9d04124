/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "audio-menu.h"

#include "error.h"

#include <glib/gi18n.h>

/**
 * HoAudioMenu:
 *
 * The menu item for guests' sound: whether guests are heard and by which way, and volume, mute and
 * output device of the one that is. It shows itself where a guest plays to Handover.
 */
struct _HoAudioMenu
{
  GtkMenuItem parent;

  HoCore *core;
  gboolean updating; /* the items follow, nobody has chosen them */
  GtkWidget *on;
  GtkWidget *mode;
  GtkWidget *separator; /* above what is the guest's */
  GtkWidget *volume;
  GtkWidget *louder;
  GtkWidget *quieter;
  GtkWidget *mute;
  GtkWidget *device;
  GtkWidget *devices;      /* the menu of it */
  GtkWidget *first_device; /* of the radio group: shown for a device that is not in the list */
};

G_DEFINE_FINAL_TYPE (HoAudioMenu, ho_audio_menu, GTK_TYPE_MENU_ITEM)

static void
set_label (GtkWidget *item, const char *label)
{
  if (g_strcmp0 (gtk_menu_item_get_label (GTK_MENU_ITEM (item)), label) != 0)
    gtk_menu_item_set_label (GTK_MENU_ITEM (item), label);
}

static void
set_active (GtkWidget *item, gboolean active)
{
  if (gtk_check_menu_item_get_active (GTK_CHECK_MENU_ITEM (item)) != active)
    gtk_check_menu_item_set_active (GTK_CHECK_MENU_ITEM (item), active);
}

/* What the way lets QEMU do, as short as a menu wants it; `handover audio` has the whole sentence.
 */
static const char *
describe_mode (HoAudioLink *link)
{
  switch (ho_audio_link_get_state (link))
    {
    case HO_AUDIO_ON:
      if (ho_audio_link_get_mode (link) == HO_AUDIO_MODE_MODULE)
        return _ ("QEMU may do anything with your sound server");
      return _ ("QEMU may do nothing but play");
    case HO_AUDIO_WAITING:
      return _ ("Waiting for the sound server");
    case HO_AUDIO_ERROR:
      return _ ("Guests cannot be heard");
    case HO_AUDIO_OFF:
    default:
      return _ ("Guests are not heard");
    }
}

static GSettings *
get_settings (HoAudioMenu *self)
{
  return ho_settings_get_global (ho_core_get_settings (self->core));
}

/* Output devices. */

static void
on_device (HoAudioMenu *self, GtkWidget *item)
{
  HoGuest *guest = ho_core_get_sounding_guest (self->core);

  if (!self->updating && guest != NULL
      && gtk_check_menu_item_get_active (GTK_CHECK_MENU_ITEM (item)))
    ho_guest_streams_set_device (ho_core_get_streams (self->core), guest,
                                 g_object_get_data (G_OBJECT (item), "sink"));
}

static GtkWidget *
find_device (HoAudioMenu *self, const char *name)
{
  g_autoptr (GList) items = gtk_container_get_children (GTK_CONTAINER (self->devices));

  for (GList *at = items; at != NULL; at = at->next)
    {
      if (g_strcmp0 (g_object_get_data (at->data, "sink"), name) == 0)
        return at->data;
    }
  return NULL;
}

static void
remove_gone_devices (HoAudioMenu *self, GPtrArray *sinks)
{
  g_autoptr (GList) items = gtk_container_get_children (GTK_CONTAINER (self->devices));

  for (GList *at = items; at != NULL; at = at->next)
    {
      const char *name = g_object_get_data (at->data, "sink");
      gboolean there = name == NULL;

      for (guint i = 0; i < sinks->len && !there; i++)
        there = g_strcmp0 (((HoSoundSink *) sinks->pdata[i])->name, name) == 0;
      if (!there)
        gtk_widget_destroy (at->data);
    }
}

static void
update_devices (HoAudioMenu *self, const HoSoundStream *stream)
{
  GPtrArray *sinks = ho_guest_streams_get_sinks (ho_core_get_streams (self->core));
  GtkWidget *current;

  remove_gone_devices (self, sinks);
  for (guint i = 0; i < sinks->len; i++)
    {
      const HoSoundSink *sink = sinks->pdata[i];
      GtkWidget *item = find_device (self, sink->name);

      if (item == NULL)
        {
          item = gtk_radio_menu_item_new_with_label_from_widget (
              GTK_RADIO_MENU_ITEM (self->first_device), sink->description);
          g_object_set_data_full (G_OBJECT (item), "sink", g_strdup (sink->name), g_free);
          g_signal_connect_object (item, "toggled", G_CALLBACK (on_device), self,
                                   G_CONNECT_SWAPPED);
          gtk_menu_shell_append (GTK_MENU_SHELL (self->devices), item);
          gtk_widget_show (item);
        }
      set_label (item, sink->description);
    }
  current = stream != NULL ? find_device (self, stream->sink) : NULL;
  set_active (current != NULL ? current : self->first_device, TRUE);
  gtk_widget_set_visible (self->device, stream != NULL && sinks->len > 1);
}

static void
update_guest (HoAudioMenu *self, HoGuest *guest)
{
  HoGuestStreams *streams = ho_core_get_streams (self->core);
  const HoSoundStream *stream = guest != NULL ? ho_guest_streams_find (streams, guest) : NULL;
  int volume = guest != NULL ? ho_guest_streams_get_volume (streams, guest) : -1;
  gboolean shown
      = guest != NULL && ho_audio_link_get_state (ho_core_get_audio (self->core)) == HO_AUDIO_ON;
  GtkWidget *const items[]
      = { self->separator, self->volume, self->louder, self->quieter, self->mute };
  g_autofree char *label = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (items); i++)
    gtk_widget_set_visible (items[i], shown);
  if (guest != NULL)
    {
      const char *name = ho_guest_get_name (guest);

      if (ho_audio_link_is_silenced (ho_core_get_audio (self->core), guest))
        label = g_strdup_printf (_ ("%s stays silent until it restarts"), name);
      else if (volume >= 0)
        label = g_strdup_printf (_ ("%s: volume %d %%"), name, volume);
      else
        label = g_strdup (name);
      set_label (self->volume, label);
      set_active (self->mute, ho_guest_streams_get_muted (streams, guest));
    }
  gtk_widget_set_sensitive (self->louder, volume < 100);
  gtk_widget_set_sensitive (self->quieter, volume != 0);
  update_devices (self, shown ? stream : NULL);
}

static void
update (HoAudioMenu *self)
{
  HoAudioLink *link = ho_core_get_audio (self->core);
  HoGuest *guest = ho_core_get_sounding_guest (self->core);
  gboolean off = g_settings_get_enum (get_settings (self), HO_KEY_AUDIO_MODE) == HO_AUDIO_MODE_OFF;

  self->updating = TRUE;
  gtk_widget_set_visible (GTK_WIDGET (self),
                          guest != NULL || off || ho_audio_link_get_state (link) != HO_AUDIO_OFF);
  set_active (self->on, !off);
  set_label (self->mode, describe_mode (link));
  update_guest (self, guest);
  self->updating = FALSE;
}

/* The state tells what became of it. */
static void
on_set (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!ho_audio_link_set_on_finish (HO_AUDIO_LINK (object), result, &error))
    g_message ("%s", error->message);
}

static void
on_on (HoAudioMenu *self)
{
  if (!self->updating)
    ho_audio_link_set_on_async (ho_core_get_audio (self->core),
                                gtk_check_menu_item_get_active (GTK_CHECK_MENU_ITEM (self->on)),
                                NULL, on_set, NULL);
}

static void
step (HoAudioMenu *self, int steps)
{
  HoGuest *guest = ho_core_get_sounding_guest (self->core);

  if (guest != NULL)
    ho_guest_streams_step_volume (ho_core_get_streams (self->core), guest, steps);
}

static void
on_louder (HoAudioMenu *self)
{
  step (self, 1);
}

static void
on_quieter (HoAudioMenu *self)
{
  step (self, -1);
}

static void
on_mute (HoAudioMenu *self)
{
  HoGuest *guest = ho_core_get_sounding_guest (self->core);

  if (!self->updating && guest != NULL)
    ho_guest_streams_set_muted (ho_core_get_streams (self->core), guest,
                                gtk_check_menu_item_get_active (GTK_CHECK_MENU_ITEM (self->mute)));
}

static void
ho_audio_menu_dispose (GObject *object)
{
  HoAudioMenu *self = HO_AUDIO_MENU (object);

  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_audio_menu_parent_class)->dispose (object);
}

static void
ho_audio_menu_class_init (HoAudioMenuClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_audio_menu_dispose;
}

static GtkWidget *
append (HoAudioMenu *self, GtkWidget *menu, GtkWidget *item, const char *signal, GCallback callback)
{
  if (signal != NULL)
    g_signal_connect_object (item, signal, callback, self, G_CONNECT_SWAPPED);
  gtk_menu_shell_append (GTK_MENU_SHELL (menu), item);
  gtk_widget_show (item);
  return item;
}

static void
ho_audio_menu_init (HoAudioMenu *self)
{
  GtkWidget *menu = gtk_menu_new ();

  self->on = append (self, menu, gtk_check_menu_item_new_with_label (_ ("Guests May Be Heard")),
                     "toggled", G_CALLBACK (on_on));
  self->mode = append (self, menu, gtk_menu_item_new_with_label (""), NULL, NULL);
  gtk_widget_set_sensitive (self->mode, FALSE);
  self->separator = append (self, menu, gtk_separator_menu_item_new (), NULL, NULL);
  self->volume = append (self, menu, gtk_menu_item_new_with_label (""), NULL, NULL);
  gtk_widget_set_sensitive (self->volume, FALSE);
  self->louder = append (self, menu, gtk_menu_item_new_with_label (_ ("Louder")), "activate",
                         G_CALLBACK (on_louder));
  self->quieter = append (self, menu, gtk_menu_item_new_with_label (_ ("Quieter")), "activate",
                          G_CALLBACK (on_quieter));
  self->mute = append (self, menu, gtk_check_menu_item_new_with_label (_ ("Mute")), "toggled",
                       G_CALLBACK (on_mute));
  self->device
      = append (self, menu, gtk_menu_item_new_with_label (_ ("Output Device")), NULL, NULL);
  self->devices = gtk_menu_new ();
  self->first_device
      = append (self, self->devices, gtk_radio_menu_item_new_with_label (NULL, ""), NULL, NULL);
  gtk_widget_hide (self->first_device);
  gtk_menu_item_set_submenu (GTK_MENU_ITEM (self->device), self->devices);
  gtk_menu_item_set_submenu (GTK_MENU_ITEM (self), menu);
  gtk_menu_item_set_label (GTK_MENU_ITEM (self), _ ("Sound"));
}

/**
 * ho_audio_menu_new:
 * @core: what the item shows and does
 *
 * Returns: (transfer floating): a menu item
 */
GtkWidget *
ho_audio_menu_new (HoCore *core)
{
  HoAudioMenu *self = g_object_new (HO_TYPE_AUDIO_MENU, NULL);

  self->core = g_object_ref (core);
  g_signal_connect_object (ho_core_get_audio (core), "changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_streams (core), "changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_object_connect (ho_core_get_guests (core), "swapped-object-signal::guest-changed::facts",
                    update, self, "swapped-object-signal::items-changed", update, self, NULL);
  g_signal_connect_object (core, "notify::primary-guest", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (get_settings (self), "changed::" HO_KEY_AUDIO_MODE, G_CALLBACK (update),
                           self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

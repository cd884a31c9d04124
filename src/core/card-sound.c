/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "card-sound.h"

#include <pulse/glib-mainloop.h>
#include <pulse/pulseaudio.h>

#include "error.h"

#include <glib/gi18n.h>

/* What was released is put back after so long, in seconds, and looked for so many times: a card
 * that comes back from a guest is found by the sound server itself, in its own time. */
#define RESTORE_DELAY 2
#define RESTORE_TRIES 5

/* For one request; a server that hangs must not hold up the start for ever. Seconds. */
#define TIMEOUT 10

/**
 * HoCardSound:
 *
 * #HoSoundReleaser for PulseAudio, and for PipeWire that speaks its protocol. PulseAudio keeps a
 * card's mixer open with every profile, so there the module of the card is unloaded; it loads it
 * again when the card comes back. With PipeWire the profile `off` is what closes the devices. A
 * connection exists only while something is being done.
 * https://www.freedesktop.org/software/pulseaudio/doxygen/
 */
struct _HoCardSound
{
  GObject parent;

  GHashTable *released; /* PCI address → Released */
};

static void ho_card_sound_releaser_init (HoSoundReleaserInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoCardSound, ho_card_sound, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_SOUND_RELEASER,
                                                      ho_card_sound_releaser_init))

/* How to put a card back. */
typedef struct
{
  char *profile;  /* with PipeWire: the one that was active */
  char *module;   /* with PulseAudio: what was unloaded … */
  char *argument; /* … and how it was loaded */
} Released;

/* One conversation with the server. */
typedef struct
{
  HoCardSound *sound;
  char *address;
  GTask *task; /* of a release; NULL: puts back */
  guint tries;
  pa_glib_mainloop *loop;
  pa_context *context;
  gboolean is_pipewire;
  gboolean found;
  uint32_t card;
  uint32_t module;
  char *profile; /* that is active */
  guint timeout;
  guint idle;
} Talk;

static void talk_begin (Talk *talk);

static void
released_free (gpointer data)
{
  Released *released = data;

  g_free (released->profile);
  g_free (released->module);
  g_free (released->argument);
  g_free (released);
}

static void
talk_hang_up (Talk *talk)
{
  if (talk->context != NULL)
    {
      pa_context_set_state_callback (talk->context, NULL, NULL);
      pa_context_disconnect (talk->context);
      pa_context_unref (talk->context);
      talk->context = NULL;
    }
  if (talk->loop != NULL)
    pa_glib_mainloop_free (talk->loop);
  talk->loop = NULL;
  g_clear_handle_id (&talk->timeout, g_source_remove);
  g_clear_handle_id (&talk->idle, g_source_remove);
}

static gboolean
talk_free (gpointer data)
{
  Talk *talk = data;

  talk->idle = 0;
  talk_hang_up (talk);
  g_object_unref (talk->sound);
  g_free (talk->address);
  g_free (talk->profile);
  g_free (talk);
  return G_SOURCE_REMOVE;
}

/* Ends a conversation with @failure (nullable, a text). Called from libpulse's callbacks, in which
 * its context must not be freed. */
static void
talk_end (Talk *talk, const char *failure)
{
  GTask *task = g_steal_pointer (&talk->task);

  g_clear_handle_id (&talk->timeout, g_source_remove);
  if (talk->idle != 0)
    return; /* ended already */
  talk->idle = g_idle_add_full (G_PRIORITY_DEFAULT, talk_free, talk, NULL);
  if (task == NULL)
    return;
  if (failure != NULL)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED, "%s", failure);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
on_done (pa_context *context, int success, void *user_data)
{
  Talk *talk = user_data;

  if (success && talk->task == NULL)
    g_hash_table_remove (talk->sound->released, talk->address);
  talk_end (talk, success ? NULL : pa_strerror (pa_context_errno (context)));
}

static void
on_loaded (pa_context *context, uint32_t index, void *user_data)
{
  on_done (context, index != PA_INVALID_INDEX, user_data);
}

/* Runs @operation, whose callback goes on; its absence is a failure. */
static void
talk_go_on (Talk *talk, pa_operation *operation)
{
  if (operation == NULL)
    talk_end (talk, pa_strerror (pa_context_errno (talk->context)));
  else
    pa_operation_unref (operation);
}

static gboolean
retry (gpointer user_data)
{
  Talk *talk = user_data;

  talk->idle = 0;
  talk_hang_up (talk);
  talk->found = FALSE;
  g_clear_pointer (&talk->profile, g_free);
  talk_begin (talk);
  return G_SOURCE_REMOVE;
}

/* Letting go. */

/* Takes @released. How it was when it was asked first is what counts. */
static void
remember (Talk *talk, Released *released)
{
  if (g_hash_table_contains (talk->sound->released, talk->address))
    released_free (released);
  else
    g_hash_table_insert (talk->sound->released, g_strdup (talk->address), released);
}

static void
on_module_info (pa_context *context, const pa_module_info *info, int end, void *user_data)
{
  Talk *talk = user_data;
  Released *released;

  if (end < 0)
    {
      talk_end (talk, pa_strerror (pa_context_errno (context)));
      return;
    }
  if (end > 0 || talk->idle != 0)
    return;
  released = g_new0 (Released, 1);
  released->module = g_strdup (info->name);
  released->argument = g_strdup (info->argument);
  remember (talk, released);
  talk_go_on (talk, pa_context_unload_module (context, talk->module, on_done, talk));
}

static void
let_go (Talk *talk)
{
  if (!talk->found)
    {
      talk_end (talk, NULL); /* the server does not have it, so nothing is to be done */
    }
  else if (!talk->is_pipewire && talk->module != PA_INVALID_INDEX)
    {
      talk_go_on (talk,
                  pa_context_get_module_info (talk->context, talk->module, on_module_info, talk));
    }
  else
    {
      Released *released = g_new0 (Released, 1);

      released->profile = g_steal_pointer (&talk->profile);
      remember (talk, released);
      talk_go_on (talk, pa_context_set_card_profile_by_index (talk->context, talk->card, "off",
                                                              on_done, talk));
    }
}

/* Putting back. */

static gboolean
is_on_host (const char *address)
{
  g_autofree char *path = g_build_filename ("/sys/bus/pci/devices", address, "sound", NULL);

  return g_file_test (path, G_FILE_TEST_IS_DIR);
}

static void
put_back (Talk *talk)
{
  const Released *released = g_hash_table_lookup (talk->sound->released, talk->address);

  if (released == NULL || !is_on_host (talk->address))
    {
      talk_end (talk, NULL);
    }
  else if (released->module != NULL && !talk->found)
    {
      talk_go_on (talk, pa_context_load_module (talk->context, released->module, released->argument,
                                                on_loaded, talk));
    }
  else if (released->profile != NULL && talk->found && g_strcmp0 (talk->profile, "off") == 0)
    {
      talk_go_on (talk, pa_context_set_card_profile_by_index (talk->context, talk->card,
                                                              released->profile, on_done, talk));
    }
  else if (released->profile != NULL && !talk->found && ++talk->tries < RESTORE_TRIES)
    {
      talk->idle = g_timeout_add_seconds (1, retry, talk); /* it has not found the card yet */
    }
  else
    {
      g_hash_table_remove (talk->sound->released, talk->address);
      talk_end (talk, NULL);
    }
}

/* Finding the card. */

/* A card that goes while the server looks at it has no path there, but still the name that udev
 * gave it. */
static gboolean
is_at (const pa_card_info *info, const char *address)
{
  g_autofree char *path = g_strconcat ("pci-", address, NULL);
  g_autofree char *name = g_strconcat ("alsa_card.", path, NULL);
  const char *const keys[] = { "device.bus_path", "device.bus-path" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = pa_proplist_gets (info->proplist, keys[i]);

      if (g_strcmp0 (value, path) == 0)
        return TRUE;
    }
  return g_strcmp0 (info->name, g_strdelimit (name, ":", '_')) == 0;
}

static void
on_card (pa_context *context, const pa_card_info *info, int end, void *user_data)
{
  Talk *talk = user_data;

  if (end < 0)
    {
      talk_end (talk, pa_strerror (pa_context_errno (context)));
    }
  else if (end == 0 && is_at (info, talk->address))
    {
      talk->found = TRUE;
      talk->card = info->index;
      talk->module = info->owner_module;
      g_free (talk->profile);
      talk->profile = g_strdup (info->active_profile2 != NULL ? info->active_profile2->name : NULL);
    }
  else if (end > 0)
    {
      if (talk->task != NULL)
        let_go (talk);
      else
        put_back (talk);
    }
}

static void
on_server (pa_context *context, const pa_server_info *info, void *user_data)
{
  Talk *talk = user_data;

  if (info == NULL)
    {
      talk_end (talk, pa_strerror (pa_context_errno (context)));
      return;
    }
  talk->is_pipewire = strstr (info->server_name, "PipeWire") != NULL;
  talk_go_on (talk, pa_context_get_card_info_list (context, on_card, talk));
}

static void
on_state (pa_context *context, void *user_data)
{
  Talk *talk = user_data;

  switch (pa_context_get_state (context))
    {
    case PA_CONTEXT_READY:
      talk_go_on (talk, pa_context_get_server_info (context, on_server, talk));
      break;
    case PA_CONTEXT_FAILED:
    case PA_CONTEXT_TERMINATED:
      talk_end (talk, pa_strerror (pa_context_errno (context)));
      break;
    case PA_CONTEXT_UNCONNECTED:
    case PA_CONTEXT_CONNECTING:
    case PA_CONTEXT_AUTHORIZING:
    case PA_CONTEXT_SETTING_NAME:
    default:
      break;
    }
}

static gboolean
on_timeout (gpointer user_data)
{
  Talk *talk = user_data;

  talk->timeout = 0;
  talk_end (talk, _ ("it does not answer"));
  return G_SOURCE_REMOVE;
}

static void
talk_begin (Talk *talk)
{
  talk->loop = pa_glib_mainloop_new (NULL);
  talk->context = pa_context_new (pa_glib_mainloop_get_api (talk->loop), "Handover");
  pa_context_set_state_callback (talk->context, on_state, talk);
  talk->timeout = g_timeout_add_seconds (TIMEOUT, on_timeout, talk);
  if (pa_context_connect (talk->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) < 0)
    talk_end (talk, pa_strerror (pa_context_errno (talk->context)));
}

static Talk *
talk_new (HoCardSound *self, const char *address, GTask *task)
{
  Talk *talk = g_new0 (Talk, 1);

  talk->sound = g_object_ref (self);
  talk->address = g_strdup (address);
  talk->task = task;
  return talk;
}

static void
ho_card_sound_release (HoSoundReleaser *releaser, const char *address, GTask *task)
{
  talk_begin (talk_new (HO_CARD_SOUND (releaser), address, task));
}

static void
ho_card_sound_restore (HoSoundReleaser *releaser, const char *address)
{
  HoCardSound *self = HO_CARD_SOUND (releaser);
  Talk *talk;

  if (!g_hash_table_contains (self->released, address))
    return;
  talk = talk_new (self, address, NULL);
  talk->idle = g_timeout_add_seconds (RESTORE_DELAY, retry, talk);
}

static void
ho_card_sound_releaser_init (HoSoundReleaserInterface *iface)
{
  iface->release = ho_card_sound_release;
  iface->restore = ho_card_sound_restore;
}

static void
ho_card_sound_finalize (GObject *object)
{
  g_hash_table_unref (HO_CARD_SOUND (object)->released);

  G_OBJECT_CLASS (ho_card_sound_parent_class)->finalize (object);
}

static void
ho_card_sound_class_init (HoCardSoundClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ho_card_sound_finalize;
}

static void
ho_card_sound_init (HoCardSound *self)
{
  self->released = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, released_free);
}

/**
 * ho_card_sound_new:
 *
 * Returns: (transfer full): a releaser for the sound server of this session
 */
HoCardSound *
ho_card_sound_new (void)
{
  return g_object_new (HO_TYPE_CARD_SOUND, NULL);
}

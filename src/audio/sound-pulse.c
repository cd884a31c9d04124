/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "sound-server.h"

#include <gmodule.h>
#include <pulse/glib-mainloop.h>
#include <pulse/pulseaudio.h>

#include "error.h"
#include "socket-watch.h"

#include <glib/gi18n.h>

/* The backend for a server that speaks PulseAudio's protocol: PulseAudio and PipeWire. All pa_*
 * calls of Handover are here. A server is never started by us, only waited for; what it has is
 * listed once and again when the server says that it changed.
 * https://www.freedesktop.org/software/pulseaudio/doxygen/async.html
 */

typedef struct _Pulse Pulse;

/* One list of things, asked for again while an answer is on its way only once that is there. */
typedef struct
{
  Pulse *pulse;
  pa_operation *(*ask) (Pulse *self);
  void (*apply) (Pulse *self, GPtrArray *things);
  GDestroyNotify free_thing;
  GPtrArray *coming; /* NULL: no question is out */
  gboolean outdated;
} Listing;

/* A change of what is loaded, until the list shows it. */
typedef struct
{
  Pulse *pulse;
  gboolean loads; /* rather than unloads */
  guint32 index;
} Change;

enum
{
  MODULES,
  SINKS,
  STREAMS,
  N_LISTINGS
};

struct _Pulse
{
  HoSoundServer *server;
  pa_glib_mainloop *loop;
  pa_context *context;
  HoSocketWatch *watch; /* while there is no server */
  gboolean watches_streams;
  gboolean identified;
  HoSoundServerKind kind;
  char *name;
  Listing listings[N_LISTINGS];
  GList *tasks; /* whose answers would be lost with the connection */
  GList *done;  /* of them, those that only wait for the list of modules */
};

static void start_connecting (Pulse *self);

static void
forget (pa_operation *operation)
{
  if (operation != NULL)
    pa_operation_unref (operation);
}

/* Lists. */

static void
ask (Listing *listing)
{
  if (listing->coming != NULL)
    {
      listing->outdated = TRUE;
      return;
    }
  listing->outdated = FALSE;
  listing->coming = g_ptr_array_new_with_free_func (listing->free_thing);
  forget (listing->ask (listing->pulse));
}

static void
end_listing (Listing *listing)
{
  g_autoptr (GPtrArray) things = g_steal_pointer (&listing->coming);

  if (things == NULL)
    return;
  if (listing->outdated)
    ask (listing);
  listing->apply (listing->pulse, things);
}

static gboolean
is_listed (Pulse *self, guint32 index)
{
  GPtrArray *modules = ho_sound_server_get_modules (self->server);

  for (guint i = 0; i < modules->len; i++)
    {
      if (((HoSoundModule *) modules->pdata[i])->index == index)
        return TRUE;
    }
  return FALSE;
}

/* Whoever has loaded or unloaded a module sees that in the list. PulseAudio agrees to unload one
 * before it does, so the list that is asked for then may still have it; the next one has not. */
static void
end_tasks (Pulse *self)
{
  GList *done = g_steal_pointer (&self->done);

  for (GList *at = done; at != NULL; at = at->next)
    {
      const Change *change = g_task_get_task_data (at->data);

      if (is_listed (self, change->index) != change->loads)
        {
          self->done = g_list_prepend (self->done, at->data);
          continue;
        }
      self->tasks = g_list_remove (self->tasks, at->data);
      g_task_return_boolean (at->data, TRUE);
      g_object_unref (at->data);
    }
  g_list_free (done);
}

static void
apply_modules (Pulse *self, GPtrArray *modules)
{
  ho_sound_server_apply_modules (self->server, modules);
  if (self->identified)
    ho_sound_server_apply_state (self->server, HO_SOUND_SERVER_READY, self->kind, self->name);
  end_tasks (self);
}

static void
on_module (pa_context *context, const pa_module_info *info, int end, void *user_data)
{
  Listing *listing = user_data;
  HoSoundModule *module;

  if (end != 0)
    {
      end_listing (listing);
      return;
    }
  module = g_new0 (HoSoundModule, 1);
  module->index = info->index;
  module->name = g_strdup (info->name);
  module->argument = g_strdup (info->argument != NULL ? info->argument : "");
  g_ptr_array_add (listing->coming, module);
}

static void
on_sink (pa_context *context, const pa_sink_info *info, int end, void *user_data)
{
  Listing *listing = user_data;
  HoSoundSink *sink;

  if (end != 0)
    {
      end_listing (listing);
      return;
    }
  sink = g_new0 (HoSoundSink, 1);
  sink->index = info->index;
  sink->name = g_strdup (info->name);
  sink->description = g_strdup (info->description);
  sink->muted = info->mute != 0;
  g_ptr_array_add (listing->coming, sink);
}

static char *
get_sink_name (Pulse *self, guint32 index)
{
  GPtrArray *sinks = ho_sound_server_get_sinks (self->server);

  for (guint i = 0; i < sinks->len; i++)
    {
      const HoSoundSink *sink = sinks->pdata[i];

      if (sink->index == index)
        return g_strdup (sink->name);
    }
  return NULL;
}

static void
on_stream (pa_context *context, const pa_sink_input_info *info, int end, void *user_data)
{
  Listing *listing = user_data;
  HoSoundStream *stream;

  if (end != 0)
    {
      end_listing (listing);
      return;
    }
  stream = g_new0 (HoSoundStream, 1);
  stream->index = info->index;
  stream->client = g_strdup (pa_proplist_gets (info->proplist, PA_PROP_APPLICATION_NAME));
  stream->binary = g_strdup (pa_proplist_gets (info->proplist, PA_PROP_APPLICATION_PROCESS_BINARY));
  stream->sink = get_sink_name (listing->pulse, info->sink);
  stream->channels = info->volume.channels;
  stream->volume = (guint) (((guint64) pa_cvolume_max (&info->volume) * 100 + PA_VOLUME_NORM / 2)
                            / PA_VOLUME_NORM);
  stream->muted = info->mute != 0;
  g_ptr_array_add (listing->coming, stream);
}

static pa_operation *
ask_modules (Pulse *self)
{
  return pa_context_get_module_info_list (self->context, on_module, &self->listings[MODULES]);
}

static pa_operation *
ask_sinks (Pulse *self)
{
  return pa_context_get_sink_info_list (self->context, on_sink, &self->listings[SINKS]);
}

static pa_operation *
ask_streams (Pulse *self)
{
  return pa_context_get_sink_input_info_list (self->context, on_stream, &self->listings[STREAMS]);
}

/* The connection. */

static void
subscribe (Pulse *self)
{
  int mask = PA_SUBSCRIPTION_MASK_MODULE;

  if (self->watches_streams)
    mask |= PA_SUBSCRIPTION_MASK_SINK_INPUT | PA_SUBSCRIPTION_MASK_SINK;
  forget (pa_context_subscribe (self->context, (pa_subscription_mask_t) mask, NULL, NULL));
  if (self->watches_streams)
    {
      ask (&self->listings[SINKS]);
      ask (&self->listings[STREAMS]);
    }
}

static void
on_event (pa_context *context, pa_subscription_event_type_t event, uint32_t index, void *user_data)
{
  Pulse *self = user_data;

  switch (event & PA_SUBSCRIPTION_EVENT_FACILITY_MASK)
    {
    case PA_SUBSCRIPTION_EVENT_MODULE:
      ask (&self->listings[MODULES]);
      break;
    case PA_SUBSCRIPTION_EVENT_SINK:
      ask (&self->listings[SINKS]);
      break;
    case PA_SUBSCRIPTION_EVENT_SINK_INPUT:
      ask (&self->listings[STREAMS]);
      break;
    default:
      break;
    }
}

static void
on_server_info (pa_context *context, const pa_server_info *info, void *user_data)
{
  Pulse *self = user_data;

  if (info == NULL)
    return;
  g_free (self->name);
  self->name = g_strdup_printf ("%s %s", info->server_name, info->server_version);
  /* PipeWire calls itself “PulseAudio (on PipeWire 0.3.65)”. */
  if (!pa_context_is_local (context))
    self->kind = HO_SOUND_SERVER_REMOTE;
  else if (strstr (info->server_name, "PipeWire") != NULL)
    self->kind = HO_SOUND_SERVER_PIPEWIRE;
  else
    self->kind = HO_SOUND_SERVER_PULSEAUDIO;
  self->identified = TRUE;
  ask (&self->listings[MODULES]);
}

static void
fail_tasks (Pulse *self)
{
  g_clear_pointer (&self->done, g_list_free);
  while (self->tasks != NULL)
    {
      g_autoptr (GTask) task = self->tasks->data;

      self->tasks = g_list_delete_link (self->tasks, self->tasks);
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                               _ ("The sound server has ended. Handover waits for it to return."));
    }
}

static void
drop_context (Pulse *self)
{
  if (self->context != NULL)
    {
      pa_context_set_state_callback (self->context, NULL, NULL);
      pa_context_set_subscribe_callback (self->context, NULL, NULL);
      pa_context_disconnect (self->context);
      g_clear_pointer (&self->context, pa_context_unref);
    }
  for (int i = 0; i < N_LISTINGS; i++)
    g_clear_pointer (&self->listings[i].coming, g_ptr_array_unref);
  self->identified = FALSE;
  self->kind = HO_SOUND_SERVER_UNKNOWN;
  g_clear_pointer (&self->name, g_free);
  fail_tasks (self);
}

static void
wait_for_server (Pulse *self)
{
  drop_context (self);
  ho_sound_server_apply_state (self->server, HO_SOUND_SERVER_AWAY, HO_SOUND_SERVER_UNKNOWN, NULL);
  ho_socket_watch_failed (self->watch);
}

static void
on_state (pa_context *context, void *user_data)
{
  Pulse *self = user_data;

  switch (pa_context_get_state (context))
    {
    case PA_CONTEXT_READY:
      ho_socket_watch_succeeded (self->watch);
      pa_context_set_subscribe_callback (context, on_event, self);
      forget (pa_context_get_server_info (context, on_server_info, self));
      subscribe (self);
      break;
    case PA_CONTEXT_FAILED:
    case PA_CONTEXT_TERMINATED:
      g_debug ("no sound server: %s", pa_strerror (pa_context_errno (context)));
      wait_for_server (self);
      break;
    case PA_CONTEXT_UNCONNECTED:
    case PA_CONTEXT_CONNECTING:
    case PA_CONTEXT_AUTHORIZING:
    case PA_CONTEXT_SETTING_NAME:
    default:
      break;
    }
}

static void
start_connecting (Pulse *self)
{
  pa_proplist *properties;

  if (self->context != NULL)
    return;
  if (self->loop == NULL)
    self->loop = pa_glib_mainloop_new (NULL);
  properties = pa_proplist_new ();
  pa_proplist_sets (properties, PA_PROP_APPLICATION_ID, "org.handover.Handover");
  pa_proplist_sets (properties, PA_PROP_APPLICATION_ICON_NAME, "org.handover.Handover");
  self->context = pa_context_new_with_proplist (pa_glib_mainloop_get_api (self->loop), "Handover",
                                                properties);
  pa_proplist_free (properties);
  pa_context_set_state_callback (self->context, on_state, self);
  ho_sound_server_apply_state (self->server, HO_SOUND_SERVER_CONNECTING, HO_SOUND_SERVER_UNKNOWN,
                               NULL);
  if (pa_context_connect (self->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) < 0
      && self->context != NULL)
    wait_for_server (self);
}

static void
pulse_connect (gpointer data)
{
  Pulse *self = data;

  self->watch = ho_socket_watch_new_for_sound ();
  g_signal_connect_swapped (self->watch, "try", G_CALLBACK (start_connecting), self);
  start_connecting (self);
}

static void
pulse_disconnect (gpointer data)
{
  Pulse *self = data;

  /* The loop stays: we may be in one of its callbacks. */
  g_clear_object (&self->watch);
  drop_context (self);
  ho_sound_server_apply_state (self->server, HO_SOUND_SERVER_UNUSED, HO_SOUND_SERVER_UNKNOWN, NULL);
}

static gboolean
is_ready (Pulse *self)
{
  return self->context != NULL && pa_context_get_state (self->context) == PA_CONTEXT_READY;
}

static void
pulse_watch_streams (gpointer data, gboolean watch)
{
  Pulse *self = data;

  self->watches_streams = watch;
  if (is_ready (self))
    subscribe (self);
}

/* Modules. */

static void
end_task (GTask *task, gboolean done, const char *problem)
{
  Pulse *self = ((Change *) g_task_get_task_data (task))->pulse;
  int code = pa_context_errno (self->context);

  if (done)
    {
      self->done = g_list_prepend (self->done, task);
      ask (&self->listings[MODULES]);
      return;
    }
  self->tasks = g_list_remove (self->tasks, task);
  g_task_return_new_error (task, HO_ERROR,
                           code == PA_ERR_NOENTITY ? HO_ERROR_UNSUPPORTED : HO_ERROR_FAILED,
                           "%s: %s.", problem, pa_strerror (code));
  g_object_unref (task);
}

static void
on_loaded (pa_context *context, uint32_t index, void *user_data)
{
  Change *change = g_task_get_task_data (user_data);

  change->index = index;
  end_task (user_data, index != PA_INVALID_INDEX,
            _ ("The sound server does not open a socket for the guest"));
}

static void
on_unloaded (pa_context *context, int success, void *user_data)
{
  end_task (user_data, success != 0, _ ("The sound server does not close the guest's socket"));
}

static gboolean
check_ready (Pulse *self, GTask *task, gboolean loads, guint32 index)
{
  Change *change = g_new0 (Change, 1);

  change->pulse = self;
  change->loads = loads;
  change->index = index;
  g_task_set_task_data (task, change, g_free);
  if (is_ready (self))
    {
      self->tasks = g_list_prepend (self->tasks, task);
      return TRUE;
    }
  g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED, _ ("No sound server is running."));
  g_object_unref (task);
  return FALSE;
}

static void
pulse_load_module (gpointer data, const char *name, const char *argument, GTask *task)
{
  Pulse *self = data;

  if (check_ready (self, task, TRUE, PA_INVALID_INDEX))
    forget (pa_context_load_module (self->context, name, argument, on_loaded, task));
}

static void
pulse_unload_module (gpointer data, guint32 index, GTask *task)
{
  Pulse *self = data;

  if (check_ready (self, task, FALSE, index))
    forget (pa_context_unload_module (self->context, index, on_unloaded, task));
}

/* Streams. */

static void
pulse_set_volume (gpointer data, const HoSoundStream *stream, guint percent)
{
  Pulse *self = data;
  pa_cvolume volume;

  if (!is_ready (self))
    return;
  pa_cvolume_set (&volume, MAX (stream->channels, 1),
                  (pa_volume_t) ((guint64) percent * PA_VOLUME_NORM / 100));
  forget (pa_context_set_sink_input_volume (self->context, stream->index, &volume, NULL, NULL));
}

static void
pulse_set_muted (gpointer data, const HoSoundStream *stream, gboolean muted)
{
  Pulse *self = data;

  if (is_ready (self))
    forget (pa_context_set_sink_input_mute (self->context, stream->index, muted, NULL, NULL));
}

static void
pulse_move (gpointer data, const HoSoundStream *stream, const char *sink)
{
  Pulse *self = data;

  if (is_ready (self))
    forget (pa_context_move_sink_input_by_name (self->context, stream->index, sink, NULL, NULL));
}

static void
apply_sinks (Pulse *self, GPtrArray *sinks)
{
  ho_sound_server_apply_sinks (self->server, sinks);
}

static void
apply_streams (Pulse *self, GPtrArray *streams)
{
  ho_sound_server_apply_streams (self->server, streams);
}

static gpointer
pulse_create (HoSoundServer *server)
{
  Pulse *self = g_new0 (Pulse, 1);
  const Listing listings[N_LISTINGS] = {
    [MODULES] = { self, ask_modules, apply_modules, ho_sound_module_free, NULL, FALSE },
    [SINKS] = { self, ask_sinks, apply_sinks, ho_sound_sink_free, NULL, FALSE },
    [STREAMS] = { self, ask_streams, apply_streams, ho_sound_stream_free, NULL, FALSE },
  };

  self->server = server;
  memcpy (self->listings, listings, sizeof listings);
  return self;
}

static void
pulse_destroy (gpointer data)
{
  Pulse *self = data;

  g_clear_object (&self->watch);
  drop_context (self);
  g_clear_pointer (&self->loop, pa_glib_mainloop_free);
  g_free (self);
}

G_MODULE_EXPORT extern const HoSoundBackend ho_sound_backend;
const HoSoundBackend ho_sound_backend = {
  .create = pulse_create,
  .destroy = pulse_destroy,
  .connect = pulse_connect,
  .disconnect = pulse_disconnect,
  .watch_streams = pulse_watch_streams,
  .load_module = pulse_load_module,
  .unload_module = pulse_unload_module,
  .set_volume = pulse_set_volume,
  .set_muted = pulse_set_muted,
  .move = pulse_move,
};

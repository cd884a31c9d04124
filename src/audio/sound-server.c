/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "sound-server.h"

#include <gmodule.h>

#include "error.h"
#include "paths.h"

#include <glib/gi18n.h>

#define MODULE "handover-sound.so"

/**
 * HoSoundServer:
 *
 * The user's own sound server, whatever it is: its state, and what it has loaded and plays. A
 * backend tells what it sees; everybody else follows the signals `changed` (state, kind, modules)
 * and `streams-changed` (streams, sinks).
 *
 * Nothing is loaded or connected before ho_sound_server_set_used(): most desktops never need it.
 */
struct _HoSoundServer
{
  GObject parent;

  const HoSoundBackend *backend; /* NULL: not loaded yet */
  gpointer data;                 /* of the backend */
  char *fault;
  HoSoundServerState state;
  HoSoundServerKind kind;
  char *name;
  gboolean used;
  gboolean watches_streams;
  GPtrArray *modules;
  GPtrArray *streams;
  GPtrArray *sinks;
};

G_DEFINE_FINAL_TYPE (HoSoundServer, ho_sound_server, G_TYPE_OBJECT)

enum
{
  CHANGED,
  STREAMS_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* The module stays: libraries like these do not expect to be unloaded. */
static gboolean
load_backend (HoSoundServer *self)
{
  g_autofree char *path = ho_paths_get_helper (MODULE);
  gpointer symbol = NULL;
  GModule *module;

  if (self->data != NULL)
    return TRUE;
  if (self->backend == NULL)
    {
      module = g_module_open (path, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
      if (module == NULL || !g_module_symbol (module, HO_SOUND_BACKEND_SYMBOL, &symbol))
        {
          g_free (self->fault);
          self->fault = g_strdup_printf (
              _ ("%s, which talks to sound servers, cannot be used: %s. Install Handover again."),
              MODULE, g_module_error ());
          return FALSE;
        }
      g_module_make_resident (module);
      self->backend = symbol;
    }
  self->data = self->backend->create (self);
  return TRUE;
}

static void
ho_sound_server_finalize (GObject *object)
{
  HoSoundServer *self = HO_SOUND_SERVER (object);

  if (self->data != NULL)
    self->backend->destroy (self->data);
  g_ptr_array_unref (self->modules);
  g_ptr_array_unref (self->streams);
  g_ptr_array_unref (self->sinks);
  g_free (self->name);
  g_free (self->fault);

  G_OBJECT_CLASS (ho_sound_server_parent_class)->finalize (object);
}

static void
ho_sound_server_class_init (HoSoundServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ho_sound_server_finalize;

  signals[CHANGED] = g_signal_new ("changed", HO_TYPE_SOUND_SERVER, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[STREAMS_CHANGED] = g_signal_new ("streams-changed", HO_TYPE_SOUND_SERVER,
                                           G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ho_sound_server_init (HoSoundServer *self)
{
  self->modules = g_ptr_array_new_with_free_func (ho_sound_module_free);
  self->streams = g_ptr_array_new_with_free_func (ho_sound_stream_free);
  self->sinks = g_ptr_array_new_with_free_func (ho_sound_sink_free);
}

/**
 * ho_sound_server_new:
 * @backend: (nullable): what talks to the server; %NULL for the installed module
 *
 * Returns: (transfer full): the user's sound server, not connected yet
 */
HoSoundServer *
ho_sound_server_new (const HoSoundBackend *backend)
{
  HoSoundServer *self = g_object_new (HO_TYPE_SOUND_SERVER, NULL);

  self->backend = backend;
  return self;
}

/**
 * ho_sound_server_get_fault:
 * @self: a server
 *
 * Returns: (nullable): a sentence for the user if Handover is not installed whole
 */
const char *
ho_sound_server_get_fault (HoSoundServer *self)
{
  return self->fault;
}

HoSoundServerState
ho_sound_server_get_state (HoSoundServer *self)
{
  return self->state;
}

HoSoundServerKind
ho_sound_server_get_kind (HoSoundServer *self)
{
  return self->kind;
}

/**
 * ho_sound_server_get_name:
 * @self: a server
 *
 * Returns: (nullable): what the server calls itself, with its version; %NULL unless it is ready
 */
const char *
ho_sound_server_get_name (HoSoundServer *self)
{
  return self->name;
}

/**
 * ho_sound_server_get_modules:
 * @self: a server
 *
 * Returns: (element-type HoSoundModule): what is loaded; empty unless the server is ready
 */
GPtrArray *
ho_sound_server_get_modules (HoSoundServer *self)
{
  return self->modules;
}

/**
 * ho_sound_server_get_streams:
 * @self: a server
 *
 * Returns: (element-type HoSoundStream): what plays, while streams are watched
 */
GPtrArray *
ho_sound_server_get_streams (HoSoundServer *self)
{
  return self->streams;
}

/**
 * ho_sound_server_get_sinks:
 * @self: a server
 *
 * Returns: (element-type HoSoundSink): the output devices, while streams are watched
 */
GPtrArray *
ho_sound_server_get_sinks (HoSoundServer *self)
{
  return self->sinks;
}

/**
 * ho_sound_server_find_module:
 * @self: a server
 * @name: name of a module
 * @argument: its whole argument string
 *
 * Returns: (nullable): the loaded module that has exactly this name and this argument
 */
const HoSoundModule *
ho_sound_server_find_module (HoSoundServer *self, const char *name, const char *argument)
{
  GPtrArray *modules = self->modules;

  for (guint i = 0; i < modules->len; i++)
    {
      const HoSoundModule *module = modules->pdata[i];

      if (g_strcmp0 (module->name, name) == 0 && g_strcmp0 (module->argument, argument) == 0)
        return module;
    }
  return NULL;
}

/**
 * ho_sound_server_set_used:
 * @self: a server
 * @used: whether to connect, and to connect again whenever the server appears
 */
void
ho_sound_server_set_used (HoSoundServer *self, gboolean used)
{
  if (self->used == used)
    return;
  self->used = used;
  if (!load_backend (self))
    {
      ho_sound_server_apply_state (self, used ? HO_SOUND_SERVER_AWAY : HO_SOUND_SERVER_UNUSED,
                                   HO_SOUND_SERVER_UNKNOWN, NULL);
      return;
    }
  if (self->watches_streams)
    self->backend->watch_streams (self->data, TRUE);
  if (used)
    self->backend->connect (self->data);
  else
    self->backend->disconnect (self->data);
}

/**
 * ho_sound_server_watch_streams:
 * @self: a server
 * @watch: whether streams and sinks are to be followed, which wakes us when anything plays
 */
void
ho_sound_server_watch_streams (HoSoundServer *self, gboolean watch)
{
  if (self->watches_streams == watch)
    return;
  self->watches_streams = watch;
  if (self->data != NULL)
    self->backend->watch_streams (self->data, watch);
}

static gboolean
refuse_unloaded (HoSoundServer *self, GTask *task)
{
  if (self->data != NULL)
    return FALSE;
  g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED, _ ("No sound server is running."));
  g_object_unref (task);
  return TRUE;
}

/**
 * ho_sound_server_load_module_async:
 * @self: a ready server
 * @name: name of a module
 * @argument: its argument string
 * @cancellable: (nullable): forgets the answer
 * @callback: called when it is loaded, and listed by ho_sound_server_get_modules()
 * @user_data: for @callback
 *
 * The error is %HO_ERROR_UNSUPPORTED if the server has no such module, %HO_ERROR_FAILED else.
 */
void
ho_sound_server_load_module_async (HoSoundServer *self, const char *name, const char *argument,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_sound_server_load_module_async);
  if (refuse_unloaded (self, task))
    return;
  self->backend->load_module (self->data, name, argument, task);
}

gboolean
ho_sound_server_load_module_finish (HoSoundServer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_sound_server_unload_module_async:
 * @self: a ready server
 * @index: the index of a module that was listed on this connection
 * @cancellable: (nullable): forgets the answer
 * @callback: called when it is unloaded
 * @user_data: for @callback
 *
 * There is no way to unload by name, since that takes the desktop's own socket as well.
 */
void
ho_sound_server_unload_module_async (HoSoundServer *self, guint32 index, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_sound_server_unload_module_async);
  if (refuse_unloaded (self, task))
    return;
  self->backend->unload_module (self->data, index, task);
}

gboolean
ho_sound_server_unload_module_finish (HoSoundServer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_sound_server_set_volume:
 * @self: a server
 * @stream: one of its streams
 * @percent: of the full volume, for all channels
 *
 * Whether it was done shows in `streams-changed`; so for mute and the device.
 */
void
ho_sound_server_set_volume (HoSoundServer *self, const HoSoundStream *stream, guint percent)
{
  if (self->data != NULL)
    self->backend->set_volume (self->data, stream, percent);
}

void
ho_sound_server_set_muted (HoSoundServer *self, const HoSoundStream *stream, gboolean muted)
{
  if (self->data != NULL)
    self->backend->set_muted (self->data, stream, muted);
}

void
ho_sound_server_move (HoSoundServer *self, const HoSoundStream *stream, const char *sink)
{
  if (self->data != NULL)
    self->backend->move (self->data, stream, sink);
}

static void
replace (GPtrArray **array, GPtrArray *by)
{
  g_ptr_array_ref (by);
  g_ptr_array_unref (*array);
  *array = by;
}

/**
 * ho_sound_server_apply_state:
 * @self: a server
 * @state: its state now
 * @kind: what it is
 * @name: (nullable): what it calls itself
 *
 * A server that is not ready has no modules, streams and sinks.
 */
void
ho_sound_server_apply_state (HoSoundServer *self, HoSoundServerState state, HoSoundServerKind kind,
                             const char *name)
{
  gboolean had_streams = self->streams->len > 0;

  if (self->state == state && self->kind == kind && g_strcmp0 (self->name, name) == 0)
    return;
  self->state = state;
  self->kind = kind;
  g_free (self->name);
  self->name = g_strdup (name);
  if (state != HO_SOUND_SERVER_READY)
    {
      g_ptr_array_set_size (self->modules, 0);
      g_ptr_array_set_size (self->streams, 0);
      g_ptr_array_set_size (self->sinks, 0);
    }
  g_signal_emit (self, signals[CHANGED], 0);
  if (had_streams && self->streams->len == 0)
    g_signal_emit (self, signals[STREAMS_CHANGED], 0);
}

void
ho_sound_server_apply_modules (HoSoundServer *self, GPtrArray *modules)
{
  replace (&self->modules, modules);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
ho_sound_server_apply_streams (HoSoundServer *self, GPtrArray *streams)
{
  replace (&self->streams, streams);
  g_signal_emit (self, signals[STREAMS_CHANGED], 0);
}

void
ho_sound_server_apply_sinks (HoSoundServer *self, GPtrArray *sinks)
{
  replace (&self->sinks, sinks);
  g_signal_emit (self, signals[STREAMS_CHANGED], 0);
}

void
ho_sound_module_free (gpointer data)
{
  HoSoundModule *module = data;

  g_free (module->name);
  g_free (module->argument);
  g_free (module);
}

void
ho_sound_stream_free (gpointer data)
{
  HoSoundStream *stream = data;

  g_free (stream->client);
  g_free (stream->binary);
  g_free (stream->sink);
  g_free (stream);
}

void
ho_sound_sink_free (gpointer data)
{
  HoSoundSink *sink = data;

  g_free (sink->name);
  g_free (sink->description);
  g_free (sink);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * HoSoundServerState:
 * @HO_SOUND_SERVER_UNUSED: nobody has asked for it yet
 * @HO_SOUND_SERVER_CONNECTING: the server is there and has not answered yet
 * @HO_SOUND_SERVER_READY: what it is and what it has is known, and followed
 * @HO_SOUND_SERVER_AWAY: there is none; its socket is watched for
 */
typedef enum
{
  HO_SOUND_SERVER_UNUSED,
  HO_SOUND_SERVER_CONNECTING,
  HO_SOUND_SERVER_READY,
  HO_SOUND_SERVER_AWAY,
} HoSoundServerState;

/**
 * HoSoundServerKind:
 * @HO_SOUND_SERVER_UNKNOWN: not known (yet)
 * @HO_SOUND_SERVER_PULSEAUDIO: PulseAudio itself
 * @HO_SOUND_SERVER_PIPEWIRE: PipeWire, which speaks PulseAudio's protocol but lacks some modules
 * @HO_SOUND_SERVER_REMOTE: one on another machine, to which no guest of this one gets a way
 */
typedef enum
{
  HO_SOUND_SERVER_UNKNOWN,
  HO_SOUND_SERVER_PULSEAUDIO,
  HO_SOUND_SERVER_PIPEWIRE,
  HO_SOUND_SERVER_REMOTE,
} HoSoundServerKind;

/**
 * HoSoundModule:
 *
 * A loaded module. The index is good for one connection only: after a restart of the server
 * another module has it.
 */
typedef struct
{
  guint32 index;
  char *name;
  char *argument;
} HoSoundModule;

/**
 * HoSoundStream:
 * @client: what the program that plays calls itself, which it may lie about
 * @binary: the program's file name, as it says
 * @sink: name of the output device
 * @volume: in percent of the full volume, the loudest channel
 *
 * Something that plays.
 */
typedef struct
{
  guint32 index;
  char *client;
  char *binary;
  char *sink;
  guint channels;
  guint volume;
  gboolean muted;
} HoSoundStream;

/** HoSoundSink: an output device, with its name and what people call it. */
typedef struct
{
  guint32 index;
  char *name;
  char *description;
  gboolean muted;
} HoSoundSink;

#define HO_TYPE_SOUND_SERVER (ho_sound_server_get_type ())
G_DECLARE_FINAL_TYPE (HoSoundServer, ho_sound_server, HO, SOUND_SERVER, GObject)

/**
 * HoSoundBackend:
 * @create: makes what talks for @server, which it may not keep a reference to
 * @destroy: ends it
 * @connect: begins to look for the server and follows it from then on
 * @disconnect: forgets it
 * @watch_streams: whether streams and sinks are to be known and followed
 * @load_module: returns nothing but success through the task; owns it
 * @unload_module: likewise
 *
 * What speaks a sound server's language. It is in a module of its own, `handover-sound.so`, because
 * the libraries that it needs are loaded only where a guest is to be heard.
 */
typedef struct
{
  gpointer (*create) (HoSoundServer *server);
  void (*destroy) (gpointer self);
  void (*connect) (gpointer self);
  void (*disconnect) (gpointer self);
  void (*watch_streams) (gpointer self, gboolean watch);
  void (*load_module) (gpointer self, const char *name, const char *argument, GTask *task);
  void (*unload_module) (gpointer self, guint32 index, GTask *task);
  void (*set_volume) (gpointer self, const HoSoundStream *stream, guint percent);
  void (*set_muted) (gpointer self, const HoSoundStream *stream, gboolean muted);
  void (*move) (gpointer self, const HoSoundStream *stream, const char *sink);
} HoSoundBackend;

/** HO_SOUND_BACKEND_SYMBOL: the #HoSoundBackend in the module. */
#define HO_SOUND_BACKEND_SYMBOL "ho_sound_backend"

HoSoundServer *ho_sound_server_new (const HoSoundBackend *backend);

const char *ho_sound_server_get_fault (HoSoundServer *self);
HoSoundServerState ho_sound_server_get_state (HoSoundServer *self);
HoSoundServerKind ho_sound_server_get_kind (HoSoundServer *self);
const char *ho_sound_server_get_name (HoSoundServer *self);
GPtrArray *ho_sound_server_get_modules (HoSoundServer *self);
GPtrArray *ho_sound_server_get_streams (HoSoundServer *self);
GPtrArray *ho_sound_server_get_sinks (HoSoundServer *self);
const HoSoundModule *ho_sound_server_find_module (HoSoundServer *self, const char *name,
                                                  const char *argument);

void ho_sound_server_set_used (HoSoundServer *self, gboolean used);
void ho_sound_server_watch_streams (HoSoundServer *self, gboolean watch);

void ho_sound_server_load_module_async (HoSoundServer *self, const char *name, const char *argument,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean ho_sound_server_load_module_finish (HoSoundServer *self, GAsyncResult *result,
                                             GError **error);
void ho_sound_server_unload_module_async (HoSoundServer *self, guint32 index,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean ho_sound_server_unload_module_finish (HoSoundServer *self, GAsyncResult *result,
                                               GError **error);

void ho_sound_server_set_volume (HoSoundServer *self, const HoSoundStream *stream, guint percent);
void ho_sound_server_set_muted (HoSoundServer *self, const HoSoundStream *stream, gboolean muted);
void ho_sound_server_move (HoSoundServer *self, const HoSoundStream *stream, const char *sink);

/* For backends: how they tell what they see. */
void ho_sound_server_apply_state (HoSoundServer *self, HoSoundServerState state,
                                  HoSoundServerKind kind, const char *name);
void ho_sound_server_apply_modules (HoSoundServer *self, GPtrArray *modules);
void ho_sound_server_apply_streams (HoSoundServer *self, GPtrArray *streams);
void ho_sound_server_apply_sinks (HoSoundServer *self, GPtrArray *sinks);

void ho_sound_module_free (gpointer data);
void ho_sound_stream_free (gpointer data);
void ho_sound_sink_free (gpointer data);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "port.h"
#include "properties.h"
#include "server-watch.h"

G_BEGIN_DECLS

typedef struct _HoServer HoServer;

/**
 * HoServerFuncs:
 * @ready: the server takes commands (again)
 * @lost: the server has gone, or could not be reached; it is looked for by itself. All that was
 *   asked of it is void
 * @packet: a control packet came; @reader stands after its tag. Returns %FALSE if it is broken
 * @audio: samples came
 * @batch: called with %TRUE before what came at once is given to @packet and @audio, and with
 * %FALSE after
 * @drained: what was queued has been written
 *
 * None of these may free the server.
 */
typedef struct
{
  void (*ready) (gpointer data);
  void (*lost) (gpointer data);
  gboolean (*packet) (guint32 command, guint32 tag, HoTagReader *reader, gpointer data);
  void (*audio) (const HoFrame *frame, gpointer data);
  void (*batch) (gboolean begins, gpointer data);
  void (*drained) (gpointer data);
} HoServerFuncs;

HoServer *ho_server_new (HoServerWatch *watch, const HoServerFuncs *funcs, gpointer data);
void ho_server_free (HoServer *self);

void ho_server_open (HoServer *self);
void ho_server_set_properties (HoServer *self, const HoProperties *properties);
gboolean ho_server_is_open (HoServer *self);
gboolean ho_server_is_ready (HoServer *self);
guint32 ho_server_next_tag (HoServer *self);
void ho_server_send (HoServer *self, HoPacket *packet);
void ho_server_send_audio (HoServer *self, guint32 channel, const guint8 *samples, guint32 size);
void ho_server_hold (HoServer *self, gboolean hold);
void ho_server_rest (HoServer *self, guint ms);
void ho_server_look (HoServer *self, gboolean urgent);
gsize ho_server_get_queued (HoServer *self);

G_END_DECLS

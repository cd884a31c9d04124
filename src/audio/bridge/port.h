/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "frame.h"

G_BEGIN_DECLS

typedef struct _HoPort HoPort;

/**
 * HoPortFuncs:
 * @frame: a frame came; returns %FALSE if it must not be, which closes the port
 * @batch: called with %TRUE before the frames of one look at the peer are given to @frame, and with
 *   %FALSE after
 * @drained: what was queued has been written
 * @closed: the peer has gone or was cut off. Called once, last of all; the port may be freed here,
 *   but in no other of these functions
 */
typedef struct
{
  gboolean (*frame) (const HoFrame *frame, gpointer data);
  void (*batch) (gboolean begins, gpointer data);
  void (*drained) (gpointer data);
  void (*closed) (gpointer data);
} HoPortFuncs;

HoPort *ho_port_new (int fd, const HoPortFuncs *funcs, gpointer data);
void ho_port_free (HoPort *self);

void ho_port_send (HoPort *self, const guint8 *data, gsize size);
void ho_port_send_frame (HoPort *self, guint32 channel, const guint8 *payload, guint32 size);
gsize ho_port_get_queued (HoPort *self);
void ho_port_hold (HoPort *self, gboolean hold);
void ho_port_rest (HoPort *self, guint ms);
void ho_port_look (HoPort *self, gboolean urgent);
void ho_port_set_reading (HoPort *self, gboolean reading);

G_END_DECLS

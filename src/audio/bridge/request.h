/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "stream-spec.h"

G_BEGIN_DECLS

/**
 * HoRequest:
 * @command: a #HoCommand
 * @tag: what the client recognises the reply by
 * @index: the stream's number, or for volume and mute the number of its mixer entry
 * @version: AUTH: the protocol version, without what it offers beside
 * @on: cork, mute: the wish
 * @properties: SET_CLIENT_NAME: who the client says it is
 * @spec: (nullable): the stream to make
 *
 * A command of a client, understood and allowed. Nothing of it has been looked up yet.
 */
typedef struct
{
  guint32 command;
  guint32 tag;
  guint32 index;
  guint32 version;
  gboolean on;
  HoVolume volume;
  HoTimeval time;
  HoProperties properties;
  HoStreamSpec *spec;
} HoRequest;

/**
 * HoVerdict:
 * @HO_VERDICT_ALLOWED: the request holds what the client wants
 * @HO_VERDICT_REFUSED: a command that is not let through; the request holds its tag
 * @HO_VERDICT_BROKEN: no command at all, or one that is damaged
 */
typedef enum
{
  HO_VERDICT_ALLOWED,
  HO_VERDICT_REFUSED,
  HO_VERDICT_BROKEN,
} HoVerdict;

HoVerdict ho_request_read (HoRequest *self, const guint8 *data, gsize size, gboolean microphone);
void ho_request_clear (HoRequest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HoRequest, ho_request_clear)

G_END_DECLS

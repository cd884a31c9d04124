/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pci-scan.h"

G_BEGIN_DECLS

/**
 * HoHolderKind:
 * @HO_HOLDER_PROGRAM: a program of the user's own, which may be asked to end
 * @HO_HOLDER_FOREIGN: a program of another user
 * @HO_HOLDER_SESSION: what the session consists of (compositor, X server, shell): never ended
 * @HO_HOLDER_SOUND: the session's sound server: asked to let the card go
 * @HO_HOLDER_HANDOVER: Handover itself
 */
typedef enum
{
  HO_HOLDER_PROGRAM,
  HO_HOLDER_FOREIGN,
  HO_HOLDER_SESSION,
  HO_HOLDER_SOUND,
  HO_HOLDER_HANDOVER,
} HoHolderKind;

/**
 * HoHolder:
 * @start_time: when it started, in ticks since boot: with @pid it names a process for good
 * @command: what a user calls it
 * @nodes: names of the device nodes that it has open or mapped
 *
 * A process that uses a card.
 */
typedef struct
{
  pid_t pid;
  guint64 start_time;
  uid_t uid;
  char *command;
  HoHolderKind kind;
  GPtrArray *nodes;
} HoHolder;

/**
 * HoHolders:
 * @list: of #HoHolder, by process id
 * @complete: whether every process could be read, so that nobody else can be a holder
 * @unread: how many processes could not be read
 * @proven: whether it is certain that nobody uses the card: @list is empty, and either @complete or
 *   the drivers' use counts leave nobody else
 *
 * Who uses a card. Immutable, shared by reference.
 */
typedef struct
{
  GPtrArray *list;
  gboolean complete;
  guint unread;
  gboolean proven;
} HoHolders;

#define HO_TYPE_HOLDERS (ho_holders_get_type ())
GType ho_holders_get_type (void);

HoHolders *ho_holders_read (const char *root, const HoPciScan *bus, GPtrArray *functions);
HoHolders *ho_holders_ref (HoHolders *self);
void ho_holders_unref (HoHolders *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoHolders, ho_holders_unref)

gboolean ho_holders_equal (const HoHolders *a, const HoHolders *b);
char *ho_holders_dup_names (const HoHolders *self);

G_END_DECLS

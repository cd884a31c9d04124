/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pci-function.h"

G_BEGIN_DECLS

/**
 * HoProcHit:
 * @node: index of the device node
 * @fd: the descriptor on which it is open, -1: it is mapped
 */
typedef struct
{
  guint node;
  int fd;
} HoProcHit;

/**
 * HoProcUser:
 * @start_time: in ticks since boot
 * @command: as the kernel has it, made whole from the command line where it was cut
 * @hits: (element-type HoProcHit): what it has open or mapped
 */
typedef struct
{
  pid_t pid;
  guint64 start_time;
  uid_t uid;
  char *command;
  GArray *hits;
} HoProcUser;

/**
 * HoProcScan:
 * @users: of #HoProcUser, by process id: processes that have one of the nodes
 * @complete: whether all processes of this machine could be read
 * @unread: how many could not
 */
typedef struct
{
  GPtrArray *users;
  gboolean complete;
  guint unread;
} HoProcScan;

HoProcScan *ho_proc_scan_read (const char *root, GPtrArray *nodes);
void ho_proc_scan_free (HoProcScan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoProcScan, ho_proc_scan_free)

G_END_DECLS

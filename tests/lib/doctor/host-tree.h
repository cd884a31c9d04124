/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "doctor-context.h"

G_BEGIN_DECLS

/**
 * HostTree:
 *
 * A machine for the doctor, made in a temporary folder from a description of a few dozen lines (see
 * tests/data/doctor/README.md).
 */
typedef struct
{
  char *root;
  char *data; /* tests/data/doctor */
  HoDoctorContext *context;
  GString *online;
  char *type;
  guint64 libvirt_version;
  guint64 qemu_version;
  GStrv security; /* NULL: not told */
  GStrv addresses;
} HostTree;

HostTree *host_tree_new (const char *data);
void host_tree_free (HostTree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostTree, host_tree_free)

void host_tree_include (HostTree *self, const char *host);
void host_tree_add_line (HostTree *self, const char *line);
HoDoctorContext *host_tree_finish (HostTree *self);

G_END_DECLS

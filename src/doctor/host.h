/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpu-set.h"

G_BEGIN_DECLS

/**
 * HoHostPci:
 * @address: as sysfs writes it: `0000:01:00.0`
 * @class: class, subclass and interface: 0x030000
 * @driver: (nullable): the driver that has it
 * @group: the number of its IOMMU group, -1 without one
 * @node: its NUMA node, -1 if the host has but one
 * @boot_vga: whether the firmware showed its screen there
 *
 * One function of a PCI device.
 */
typedef struct
{
  char *address;
  guint class;
  guint16 vendor;
  guint16 device;
  char *driver;
  int group;
  int node;
  gboolean boot_vga;
} HoHostPci;

/**
 * HoHost:
 *
 * A machine as its files tell it, below a root directory: `/` in life, a small tree in tests. What
 * most checks ask for is read once. Immutable afterwards.
 */
typedef struct
{
  char *root;
  char *cmdline; /* nullable */
  char *cpuinfo; /* nullable: the first processor's part */
  HoCpuSet online;
  GPtrArray *pci; /* of HoHostPci, sorted by address */
} HoHost;

HoHost *ho_host_new (const char *root);
void ho_host_free (HoHost *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoHost, ho_host_free)

char *ho_host_path (const HoHost *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
char *ho_host_read (const HoHost *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean ho_host_exists (const HoHost *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
char *ho_host_link (const HoHost *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
GStrv ho_host_list (const HoHost *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean ho_host_number (const HoHost *self, gint64 *number, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

char *ho_host_option (const HoHost *self, const char *name);
char *ho_host_cpu_field (const HoHost *self, const char *name);
gboolean ho_host_cpu_flag (const HoHost *self, const char *flag);
gboolean ho_host_siblings (const HoHost *self, guint cpu, HoCpuSet *siblings);
gboolean ho_host_module (const HoHost *self, const char *module);
gboolean ho_host_blacklists (const HoHost *self, const char *module, char **where);
gboolean ho_host_has_process (const HoHost *self, const char *command);

const HoHostPci *ho_host_find_pci (const HoHost *self, const char *address);
gboolean ho_host_pci_is_display (const HoHostPci *pci);
char *ho_host_pci_to_string (const HoHostPci *pci);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/**
 * HoPciKind:
 *
 * What a function is for, as far as a user is told of it: the base class of its class code.
 */
typedef enum
{
  HO_PCI_OTHER,
  HO_PCI_DISPLAY,
  HO_PCI_AUDIO,
  HO_PCI_USB,
  HO_PCI_SERIAL, /* how the controller of a USB-C plug shows itself */
  HO_PCI_BRIDGE,
} HoPciKind;

/**
 * HoDeviceNode:
 * @name: its path below /dev, such as `dri/card1`
 * @subsystem: the kernel's subsystem, such as `drm`; of nvidia's own nodes `nvidia`
 * @device: its number
 * @present: whether the node was there in /dev
 *
 * One way for programs into a PCI function.
 */
typedef struct
{
  char *name;
  char *subsystem;
  dev_t device;
  gboolean present;
} HoDeviceNode;

/**
 * HoPciFunction:
 * @address: as sysfs writes it: `0000:01:00.0`
 * @name: (nullable): from the hardware database; only read for the slots that were asked for
 * @driver: (nullable): the driver that has it
 * @leaving: (nullable): while it has none, the host's driver that had it last: sysfs forgets that
 * as soon as the driver begins to let go, which may take long
 * @group: its IOMMU group, -1 if it has none
 * @nodes: of #HoDeviceNode; only read for the slots that were asked for and for functions that
 * share a driver with those
 * @gone: of #HoDeviceNode: those that its driver has taken away since it has the function, as it
 * does first when it is to let go of it; then it waits for whoever still has one of them open
 * @modules: names of the kernel modules whose use counts rise when one of @nodes is opened
 *
 * One function of a PCI device as sysfs showed it. Immutable, shared by reference.
 */
typedef struct
{
  char *address;
  HoPciKind kind;
  guint16 vendor;
  guint16 device;
  char *name;
  char *driver;
  char *leaving;
  int group;
  GPtrArray *nodes;
  GPtrArray *gone;
  GPtrArray *modules;
} HoPciFunction;

HoPciFunction *ho_pci_function_new (const char *address);
HoPciFunction *ho_pci_function_ref (HoPciFunction *self);
void ho_pci_function_unref (HoPciFunction *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoPciFunction, ho_pci_function_unref)

gboolean ho_pci_function_equal (const HoPciFunction *a, const HoPciFunction *b);
gboolean ho_pci_function_is_set_aside (const HoPciFunction *self);
gboolean ho_pci_function_has_all_nodes (const HoPciFunction *self);
gboolean ho_pci_function_has_node_of (const HoPciFunction *self, const char *subsystem);
void ho_pci_function_add_node (HoPciFunction *self, const char *name, const char *subsystem,
                               dev_t device, gboolean present);
void ho_pci_function_remember (HoPciFunction *self, const HoPciFunction *before, const char *root);
const char *ho_pci_kind_to_string (HoPciKind kind);
char *ho_pci_address_dup_slot (const char *address);

G_END_DECLS

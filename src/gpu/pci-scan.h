/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pci-function.h"

G_BEGIN_DECLS

/**
 * HoPciScan:
 * @functions: address → #HoPciFunction: every PCI function of this machine
 *
 * What is on the PCI bus, as one look at sysfs has shown it. Immutable, shared by reference.
 */
typedef struct
{
  GHashTable *functions;
} HoPciScan;

#define HO_TYPE_PCI_SCAN (ho_pci_scan_get_type ())
GType ho_pci_scan_get_type (void);

HoPciScan *ho_pci_scan_new (void);
HoPciScan *ho_pci_scan_read (const char *root, const char *const *slots);
void ho_pci_scan_remember (HoPciScan *self, const HoPciScan *before, const char *root);
HoPciScan *ho_pci_scan_ref (HoPciScan *self);
void ho_pci_scan_unref (HoPciScan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoPciScan, ho_pci_scan_unref)

HoPciFunction *ho_pci_scan_find (const HoPciScan *self, const char *address);
GPtrArray *ho_pci_scan_list_slot (const HoPciScan *self, const char *slot);
GPtrArray *ho_pci_scan_list_group (const HoPciScan *self, int group);

G_END_DECLS

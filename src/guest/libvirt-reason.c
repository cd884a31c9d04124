/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "libvirt-reason.h"

#include <string.h>

#include <glib/gi18n.h>

/* What libvirt and QEMU really mean, by a piece of their message: most failed starts carry the one
 * code VIR_ERR_INTERNAL_ERROR, so the text is all there is. The texts are those of libvirt 7 to 10
 * and QEMU 5 to 9 in English; they are no promise, so whatever is not found here is told as it came.
 * The first one that fits counts. */
static const struct
{
  const char *piece;
  HoError code;
  const char *sentence;
} reasons[] = {
  /* USB */
  { "Did not find USB device", HO_ERROR_FAILED,
    N_ ("A USB device of the guest is not plugged in. Plug it in, take it out of the guest, or "
        "give "
        "it startupPolicy='optional'.") },
  { "Multiple USB devices for", HO_ERROR_FAILED,
    N_ ("Two USB devices of that kind are plugged in, and the guest's description does not say "
        "which it means. Unplug one, or name its bus and device there.") },
  /* PCI */
  { "is not viable", HO_ERROR_FAILED,
    N_ ("The card shares its IOMMU group with a device that the host uses. Pass all of the group "
        "to "
        "the guest; “handover doctor” shows what is in it.") },
  { "must be manually detached from the host", HO_ERROR_FAILED,
    N_ ("The card is not handed over by itself. Give its <hostdev> managed='yes' in the guest's "
        "description.") },
  { "host doesn't support passthrough of host PCI devices", HO_ERROR_UNSUPPORTED,
    N_ ("This machine cannot pass a card through: the IOMMU is off. Switch VT-d or AMD-Vi on in "
        "the "
        "firmware; “handover doctor” shows what the kernel needs.") },
  { "host doesn't support VFIO", HO_ERROR_UNSUPPORTED,
    N_ ("This machine cannot pass a card through: the IOMMU is off, or vfio-pci is not loaded. "
        "“handover doctor” shows what is missing.") },
  { "not found: could not access /sys/bus/pci", HO_ERROR_FAILED,
    N_ ("A PCI device of the guest is not in this machine; addresses change when cards are moved. "
        "Correct the address in the guest's description.") },
  { "cannot limit locked memory", HO_ERROR_FAILED,
    N_ ("libvirt may not lock the guest's memory, which a passed-through card needs. Use the "
        "connection qemu:///system, or raise this user's limit for locked memory.") },
  { "VFIO_MAP_DMA", HO_ERROR_FAILED,
    N_ ("The guest's memory could not be locked for the card. Give the guest less memory, or raise "
        "the limit for locked memory.") },
  /* sound */
  { "Unknown audio driver", HO_ERROR_FAILED,
    N_ ("QEMU has no driver for the sound that the guest's description names. Install the package "
        "with it: qemu-system-gui (Debian), qemu-audio-pa (Fedora, Arch).") },
  { "audio driver", HO_ERROR_FAILED,
    N_ ("QEMU did not reach the sound server, and does not start without. “handover audio status” "
        "shows why.") },
  /* memory */
  { "unable to map backing store for guest RAM", HO_ERROR_FAILED,
    N_ ("There are not enough free huge pages for the guest. Free some, reserve more "
        "(vm.nr_hugepages), or give the guest less memory.") },
  { "Insufficient free host memory pages", HO_ERROR_FAILED,
    N_ ("There are not enough free huge pages for the guest. Free some, reserve more "
        "(vm.nr_hugepages), or give the guest less memory.") },
  { "nable to find any usable hugetlbfs mount", HO_ERROR_FAILED,
    N_ ("The guest wants huge pages of a size that this machine does not offer. Mount hugetlbfs "
        "for "
        "that size, or change <hugepages> in the guest's description.") },
  { "hugetlbfs filesystem is not mounted", HO_ERROR_FAILED,
    N_ ("The guest wants huge pages, but none are mounted. Mount hugetlbfs on /dev/hugepages, or "
        "take <hugepages> out of the guest's description.") },
  { "cannot set up guest memory", HO_ERROR_FAILED,
    N_ ("There is not enough free memory for the guest. Close programs, or give the guest less "
        "memory.") },
  /* processors */
  { "Could not access KVM kernel module", HO_ERROR_FAILED,
    N_ ("KVM cannot be used. Switch virtualisation on in the firmware, and see that /dev/kvm may "
        "be "
        "used by the group “kvm”.") },
  { "domaintype=kvm", HO_ERROR_UNSUPPORTED,
    N_ ("This machine has no KVM. Switch virtualisation (VT-x or AMD-V) on in the firmware.") },
  { "KVM is not supported", HO_ERROR_UNSUPPORTED,
    N_ ("This machine has no KVM. Switch virtualisation (VT-x or AMD-V) on in the firmware.") },
  /* network and disks */
  { "' is not active", HO_ERROR_FAILED,
    N_ ("The guest's network is not running. Start it with “virsh net-start NAME”, and for always "
        "with “virsh net-autostart NAME”.") },
  { "Network not found", HO_ERROR_FAILED,
    N_ ("The guest's network does not exist any more. Choose another one in its description.") },
  { "Cannot access storage file", HO_ERROR_FAILED,
    N_ ("A disk or image of the guest is missing, or QEMU may not read it. Put it back, or correct "
        "its path in the guest's description.") },
  { "Failed to get \"write\" lock", HO_ERROR_BUSY,
    N_ ("A disk of the guest is in use by another guest or program. End that first.") },
  { "Failed to get shared \"write\" lock", HO_ERROR_BUSY,
    N_ ("A disk of the guest is in use by another guest or program. End that first.") },
  /* others at work */
  { "Active channel stream exists", HO_ERROR_BUSY,
    N_ ("Another program reads the guest's return channel, perhaps a second Handover.") },
  { "in use by driver", HO_ERROR_BUSY,
    N_ ("A device of the guest is with another guest. Shut that one down, or take the device out "
        "of "
        "it, first.") },
  { "cannot acquire state change lock", HO_ERROR_BUSY,
    N_ ("libvirt is still busy with this guest, whose QEMU may hang. Wait, or force the guest "
        "off.") },
  { "failed to validate against schema", HO_ERROR_FAILED,
    N_ ("libvirt does not accept this description of the guest.") },
};

/**
 * ho_libvirt_reason_find:
 * @message: what libvirt said
 * @code: (out): what kind of failure it is
 *
 * Returns: (nullable): the same for a user, translated: what is the matter and what to do; %NULL if
 *   @message is not one of those that are known
 */
const char *
ho_libvirt_reason_find (const char *message, HoError *code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      if (strstr (message, reasons[i].piece) == NULL)
        continue;
      *code = reasons[i].code;
      return _ (reasons[i].sentence);
    }
  return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>

/* Every check, in the order they are shown: by family, the host before the guest. A check is added
 * to its family's file and to this list, and gets cases in tests/data/doctor. */
static const HoCheck *const checks[] = {
  /* libvirt */
  &ho_check_libvirt_socket,
  &ho_check_libvirt_connection,
  &ho_check_libvirt_group,
  &ho_check_libvirt_version,
  &ho_check_qemu_version,
  /* virtualisation */
  &ho_check_cpu_virtualisation,
  &ho_check_kvm,
  &ho_check_kvm_used,
  &ho_check_kvm_msrs,
  /* iommu */
  &ho_check_iommu_hardware,
  &ho_check_iommu_cmdline,
  &ho_check_iommu_groups,
  &ho_check_group_strangers,
  &ho_check_acs_override,
  &ho_check_interrupt_remapping,
  /* card */
  &ho_check_boot_vga,
  &ho_check_desktop_card,
  &ho_check_vfio,
  &ho_check_nouveau,
  &ho_check_nvidia_persistence,
  &ho_check_nvidia_modeset,
  &ho_check_amd_reset,
  &ho_check_card_reset,
  &ho_check_vfio_ids,
  &ho_check_hostdev_managed,
  &ho_check_hostdev_present,
  &ho_check_hostdev_functions,
  &ho_check_hostdev_rom,
  &ho_check_card_msi,
  &ho_check_usb_hostdev,
  /* cpu */
  &ho_check_cpu_pinning,
  &ho_check_cpu_overlap,
  &ho_check_cpu_siblings,
  &ho_check_cpu_emulator,
  &ho_check_cpu_model,
  &ho_check_cpu_topology,
  &ho_check_cpu_count,
  &ho_check_cpu_isolation,
  &ho_check_cpu_governor,
  &ho_check_cpu_hybrid,
  &ho_check_cpu_numa,
  &ho_check_cgroup,
  /* memory */
  &ho_check_memory_fits,
  &ho_check_transparent_hugepages,
  &ho_check_hugepages_used,
  &ho_check_hugepages_free,
  &ho_check_memballoon,
  /* firmware */
  &ho_check_firmware,
  &ho_check_machine,
  &ho_check_tpm,
  &ho_check_secure_boot,
  &ho_check_hyperv,
  &ho_check_hyperv_clock,
  &ho_check_kvm_hidden,
  /* disk */
  &ho_check_disk_bus,
  &ho_check_disk_cache,
  &ho_check_iothread,
  &ho_check_iothread_scheduler,
  /* network */
  &ho_check_network_model,
  &ho_check_network_macvtap,
  &ho_check_network_addresses,
  /* sound */
  &ho_check_sound_device,
  &ho_check_sound_link,
  &ho_check_sound_variables,
  &ho_check_sound_backend,
  &ho_check_sound_socket,
  &ho_check_sound_server,
  /* input */
  &ho_check_usb_autosuspend,
  &ho_check_return_channel,
  &ho_check_tablet,
  &ho_check_video,
  &ho_check_evdev,
  &ho_check_usb_controller,
  &ho_check_ssh_server,
  /* security */
  &ho_check_lsm,
  &ho_check_lsm_denials,
  &ho_check_lsm_sound,
  NULL,
};

/**
 * ho_checks_get:
 *
 * Returns: (array zero-terminated=1): every check
 */
const HoCheck *const *
ho_checks_get (void)
{
  return checks;
}

/**
 * ho_checks_find:
 * @id: a name
 *
 * Returns: (nullable): the check of that name
 */
const HoCheck *
ho_checks_find (const char *id)
{
  for (const HoCheck *const *check = checks; *check != NULL; check++)
    {
      if (strcmp ((*check)->id, id) == 0)
        return *check;
    }
  return NULL;
}

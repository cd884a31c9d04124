/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "check.h"

G_BEGIN_DECLS

/* check-libvirt.c */
extern const HoCheck ho_check_libvirt_socket;
extern const HoCheck ho_check_libvirt_connection;
extern const HoCheck ho_check_libvirt_group;
extern const HoCheck ho_check_libvirt_version;
extern const HoCheck ho_check_qemu_version;

/* check-virtualisation.c */
extern const HoCheck ho_check_cpu_virtualisation;
extern const HoCheck ho_check_kvm;
extern const HoCheck ho_check_kvm_used;
extern const HoCheck ho_check_kvm_msrs;

/* check-iommu.c */
extern const HoCheck ho_check_iommu_hardware;
extern const HoCheck ho_check_iommu_cmdline;
extern const HoCheck ho_check_iommu_groups;
extern const HoCheck ho_check_group_strangers;
extern const HoCheck ho_check_acs_override;
extern const HoCheck ho_check_interrupt_remapping;

/* check-card.c */
extern const HoCheck ho_check_boot_vga;
extern const HoCheck ho_check_desktop_card;
extern const HoCheck ho_check_vfio;
extern const HoCheck ho_check_nouveau;
extern const HoCheck ho_check_nvidia_persistence;
extern const HoCheck ho_check_nvidia_modeset;
extern const HoCheck ho_check_amd_reset;
extern const HoCheck ho_check_card_reset;
extern const HoCheck ho_check_vfio_ids;

/* check-hostdev.c */
extern const HoCheck ho_check_hostdev_managed;
extern const HoCheck ho_check_hostdev_present;
extern const HoCheck ho_check_hostdev_functions;
extern const HoCheck ho_check_hostdev_rom;
extern const HoCheck ho_check_card_msi;
extern const HoCheck ho_check_usb_hostdev;
extern const HoCheck ho_check_usb_autosuspend;

/* check-pinning.c */
extern const HoCheck ho_check_cpu_pinning;
extern const HoCheck ho_check_cpu_overlap;
extern const HoCheck ho_check_cpu_siblings;
extern const HoCheck ho_check_cpu_emulator;

/* check-cpu.c */
extern const HoCheck ho_check_cpu_model;
extern const HoCheck ho_check_cpu_topology;
extern const HoCheck ho_check_cpu_count;
extern const HoCheck ho_check_cpu_isolation;
extern const HoCheck ho_check_cpu_governor;
extern const HoCheck ho_check_cpu_hybrid;
extern const HoCheck ho_check_cpu_numa;
extern const HoCheck ho_check_cgroup;

/* check-memory.c */
extern const HoCheck ho_check_memory_fits;
extern const HoCheck ho_check_transparent_hugepages;
extern const HoCheck ho_check_hugepages_used;
extern const HoCheck ho_check_hugepages_free;
extern const HoCheck ho_check_memballoon;

/* check-firmware.c */
extern const HoCheck ho_check_firmware;
extern const HoCheck ho_check_machine;
extern const HoCheck ho_check_tpm;
extern const HoCheck ho_check_secure_boot;
extern const HoCheck ho_check_hyperv;
extern const HoCheck ho_check_hyperv_clock;
extern const HoCheck ho_check_kvm_hidden;

/* check-disk.c */
extern const HoCheck ho_check_disk_bus;
extern const HoCheck ho_check_disk_cache;
extern const HoCheck ho_check_iothread;
extern const HoCheck ho_check_iothread_scheduler;

/* check-network.c */
extern const HoCheck ho_check_network_model;
extern const HoCheck ho_check_network_macvtap;
extern const HoCheck ho_check_network_addresses;

/* check-sound.c */
extern const HoCheck ho_check_sound_device;
extern const HoCheck ho_check_sound_link;
extern const HoCheck ho_check_sound_variables;
extern const HoCheck ho_check_sound_backend;
extern const HoCheck ho_check_sound_socket;
extern const HoCheck ho_check_sound_server;

/* check-input.c */
extern const HoCheck ho_check_return_channel;
extern const HoCheck ho_check_tablet;
extern const HoCheck ho_check_video;
extern const HoCheck ho_check_evdev;
extern const HoCheck ho_check_usb_controller;
extern const HoCheck ho_check_ssh_server;

/* check-security.c */
extern const HoCheck ho_check_lsm;
extern const HoCheck ho_check_lsm_denials;
extern const HoCheck ho_check_lsm_sound;

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "host.h"
#include "xml-tree.h"

G_BEGIN_DECLS

/**
 * HoPreflightCheck:
 * @host: the machine
 * @definition: what is about to be started
 * @guest: the guest's name
 * @reasons: (element-type utf8): to which is added why this guest would not start
 *
 * Adds nothing unless it is certain: what cannot be told is for libvirt to find out.
 */
typedef void (*HoPreflightCheck) (const HoHost *host, xmlDoc *definition, const char *guest,
                                  GPtrArray *reasons);

void ho_preflight_check_memory (const HoHost *host, xmlDoc *definition, const char *guest,
                                GPtrArray *reasons);
void ho_preflight_check_sound (const HoHost *host, xmlDoc *definition, const char *guest,
                               GPtrArray *reasons);
void ho_preflight_check_usb (const HoHost *host, xmlDoc *definition, const char *guest,
                             GPtrArray *reasons);
void ho_preflight_check_pci (const HoHost *host, xmlDoc *definition, const char *guest,
                             GPtrArray *reasons);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "libvirt-calls.h"
#include "libvirt-link.h"

G_BEGIN_DECLS

/**
 * HoLibvirtPool:
 *
 * The threads in which calls wait for libvirt.
 */
typedef struct HoLibvirtPool HoLibvirtPool;

HoLibvirtPool *ho_libvirt_pool_new (void);
void ho_libvirt_pool_push (HoLibvirtPool *self, HoLibvirtLink *link, GTask *task,
                           HoLibvirtCall call, HoLibvirtArgs *args);
void ho_libvirt_pool_free (HoLibvirtPool *self);

G_END_DECLS

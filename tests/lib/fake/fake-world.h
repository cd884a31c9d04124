/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hypervisor.h"
#include "usb-bus.h"

G_BEGIN_DECLS

/* A host with guests and USB devices that exist only here, to try what no real one does when told
 * to: fail in the midst, hang, vanish. One object is both the hypervisor and the USB bus. */
#define FAKE_TYPE_WORLD (fake_world_get_type ())
G_DECLARE_FINAL_TYPE (FakeWorld, fake_world, FAKE, WORLD, GObject)

#define FAKE_N_GUESTS 2
#define FAKE_N_DEVICES 4

/* What the next call to the hypervisor of that kind does. */
typedef enum
{
  FAKE_WORKS,
  FAKE_FAILS,
  FAKE_HANGS, /* until fake_world_release() */
} FakeFault;

FakeWorld *fake_world_new (void);

const char *fake_world_get_uuid (guint guest);
const char *fake_world_get_name (guint guest);
const char *fake_world_get_id (guint device);

void fake_world_set_connected (FakeWorld *self, gboolean connected);
void fake_world_set_state (FakeWorld *self, guint guest, HoGuestState state);
void fake_world_kill (FakeWorld *self, guint guest);
void fake_world_plug (FakeWorld *self, guint device, gboolean plugged);
void fake_world_attach (FakeWorld *self, guint device, guint guest);
void fake_world_detach (FakeWorld *self, guint device);
void fake_world_add_keyboard (FakeWorld *self, gboolean other_keyboard);
void fake_world_fault (FakeWorld *self, FakeFault attach, FakeFault detach);
void fake_world_fail_device (FakeWorld *self, guint device);
void fake_world_release (FakeWorld *self);
void fake_world_write (FakeWorld *self, guint guest, const char *text, gsize length);
void fake_world_set_mute (FakeWorld *self, gboolean mute);
void fake_world_set_in_firmware (FakeWorld *self, gboolean in_firmware);
void fake_world_set_writable (FakeWorld *self, gboolean writable);

int fake_world_where (FakeWorld *self, guint device); /* the guest, -1: the host, -2: nowhere */
gboolean fake_world_is_dead (FakeWorld *self, guint device);
guint fake_world_count_calls (FakeWorld *self);
guint fake_world_count_held (FakeWorld *self);
guint fake_world_count_entries (FakeWorld *self, guint guest);

G_END_DECLS

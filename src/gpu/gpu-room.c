/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "gpu-room.h"

/**
 * HoGpuRoom:
 *
 * Builds and joins what Handover knows and does about cards.
 */
struct _HoGpuRoom
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoGpuMonitor *monitor;
  HoGpuList *gpus;
  HoStartWatch *starts;
  HoGpuGuard *guard;
  HoHandoverWatch *watch;
};

G_DEFINE_FINAL_TYPE (HoGpuRoom, ho_gpu_room, G_TYPE_OBJECT)

/* The cards of this machine are those of the guests only where libvirt runs them on it, and its
 * test driver runs none at all. */
static void
update_root (HoGpuRoom *self)
{
  g_autofree char *uri = ho_hypervisor_dup_uri (self->hypervisor);
  gboolean here = ho_hypervisor_is_local (self->hypervisor) && !g_str_has_prefix (uri, "test");

  ho_gpu_monitor_set_root (self->monitor, here ? "/" : NULL);
}

static void
ho_gpu_room_dispose (GObject *object)
{
  HoGpuRoom *self = HO_GPU_ROOM (object);

  g_clear_object (&self->watch);
  g_clear_object (&self->guard);
  g_clear_object (&self->starts);
  g_clear_object (&self->gpus);
  g_clear_object (&self->monitor);
  g_clear_object (&self->hypervisor);

  G_OBJECT_CLASS (ho_gpu_room_parent_class)->dispose (object);
}

static void
ho_gpu_room_class_init (HoGpuRoomClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ho_gpu_room_dispose;
}

static void
ho_gpu_room_init (HoGpuRoom *self)
{
}

/**
 * ho_gpu_room_new:
 * @hypervisor: what runs the guests
 * @guests: the guests of @hypervisor
 * @control: what starts them; the guard becomes one of its gates
 * @settings: the user's settings
 *
 * Returns: (transfer full): the room
 */
HoGpuRoom *
ho_gpu_room_new (HoHypervisor *hypervisor, HoGuestList *guests, HoGuestControl *control,
                 HoSettings *settings)
{
  HoGpuRoom *self = g_object_new (HO_TYPE_GPU_ROOM, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->monitor = ho_gpu_monitor_new (NULL);
  self->gpus = ho_gpu_list_new (self->monitor, guests);
  self->starts = ho_start_watch_new (self->gpus);
  self->guard = ho_gpu_guard_new (self->gpus, guests, self->starts, settings);
  self->watch = ho_handover_watch_new (self->gpus, guests, settings);
  ho_guest_control_add_gate (control, HO_START_GATE (self->guard));
  g_signal_connect_object (hypervisor, "notify::uri", G_CALLBACK (update_root), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (hypervisor, "host-changed", G_CALLBACK (ho_gpu_monitor_note_change),
                           self->monitor, G_CONNECT_SWAPPED);
  update_root (self);
  return self;
}

HoGpuList *
ho_gpu_room_get_gpus (HoGpuRoom *self)
{
  return self->gpus;
}

HoGpuGuard *
ho_gpu_room_get_guard (HoGpuRoom *self)
{
  return self->guard;
}

HoStartWatch *
ho_gpu_room_get_starts (HoGpuRoom *self)
{
  return self->starts;
}

HoHandoverWatch *
ho_gpu_room_get_watch (HoGpuRoom *self)
{
  return self->watch;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "usb-monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <gudev/gudev.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>

#include "error.h"
#include "usb-scan.h"

#include <glib/gi18n.h>

/**
 * HoUsbMonitor:
 *
 * #HoUsbBus on this machine. A uevent never carries the truth, it only says that it is time to look
 * again: at most one look is under way, and one more is remembered.
 */
struct _HoUsbMonitor
{
  GObject parent;

  GUdevClient *client; /* for its uevents alone */
  HoUsbScan *scan;
  gboolean seen; /* anything: @scan is of some look */
  gboolean looking;
  gboolean again;
  GPtrArray *waiting; /* of GTask: answered by the look under way */
  GPtrArray *next;    /* of GTask: answered by the one after it */
};

static void ho_usb_monitor_bus_init (HoUsbBusInterface *iface);
static void look (HoUsbMonitor *self);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoUsbMonitor, ho_usb_monitor, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_USB_BUS, ho_usb_monitor_bus_init))

static void
scan_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, ho_usb_scan_read (), (GDestroyNotify) ho_usb_scan_unref);
}

static void
on_scanned (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoUsbMonitor *self = HO_USB_MONITOR (object);
  g_autoptr (GPtrArray) done = g_steal_pointer (&self->waiting);

  g_clear_pointer (&self->scan, ho_usb_scan_unref);
  self->scan = g_task_propagate_pointer (G_TASK (result), NULL);
  self->seen = TRUE;
  self->looking = FALSE;
  self->waiting = g_steal_pointer (&self->next);
  self->next = g_ptr_array_new_with_free_func (g_object_unref);
  ho_usb_bus_emit_changed (HO_USB_BUS (self));
  for (guint i = 0; i < done->len; i++)
    g_task_return_boolean (done->pdata[i], TRUE);
  if (self->again)
    look (self);
}

static void
look (HoUsbMonitor *self)
{
  g_autoptr (GTask) task = NULL;

  self->again = self->looking;
  if (self->looking)
    return;
  self->looking = TRUE;
  task = g_task_new (self, NULL, on_scanned, NULL);
  g_task_run_in_thread (task, scan_in_thread);
}

static HoUsbScan *
ho_usb_monitor_get_scan (HoUsbBus *bus)
{
  return HO_USB_MONITOR (bus)->scan;
}

static void
ho_usb_monitor_refresh (HoUsbBus *bus, GTask *task)
{
  HoUsbMonitor *self = HO_USB_MONITOR (bus);

  /* The look under way may have passed what the caller wants to see. */
  g_ptr_array_add (self->looking ? self->next : self->waiting, task);
  look (self);
}

static void
ho_usb_monitor_settle (HoUsbBus *bus, GTask *task)
{
  HoUsbMonitor *self = HO_USB_MONITOR (bus);

  if (self->seen && !self->looking)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  g_ptr_array_add (self->again ? self->next : self->waiting, task);
  if (!self->looking)
    look (self);
}

typedef struct
{
  char *node;
  guint *interfaces;
  guint n_interfaces;
} Revival;

static void
revival_free (gpointer data)
{
  Revival *revival = data;

  g_free (revival->node);
  g_free (revival->interfaces);
  g_free (revival);
}

static void
revive_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Revival *revival = data;
  int fd = open (revival->node, O_RDWR | O_CLOEXEC);
  int failure = 0;

  if (fd < 0)
    {
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_REFUSED, _ ("%s cannot be opened: %s."),
                               revival->node, g_strerror (errno));
      return;
    }
  for (guint i = 0; i < revival->n_interfaces; i++)
    {
      struct usbdevfs_ioctl request = {
        .ifno = (int) revival->interfaces[i],
        .ioctl_code = USBDEVFS_CONNECT,
      };

      /* EBUSY: it has a driver by now. */
      if (ioctl (fd, USBDEVFS_IOCTL, &request) < 0 && errno != EBUSY)
        failure = errno;
    }
  close (fd);
  if (failure != 0)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("The kernel did not give %s its driver again: %s."), revival->node,
                             g_strerror (failure));
  else
    g_task_return_boolean (task, TRUE);
}

static void
ho_usb_monitor_revive (HoUsbBus *bus, const HoUsbDevice *device, GTask *task)
{
  Revival *revival = g_new0 (Revival, 1);

  revival->node = g_strdup_printf ("/dev/bus/usb/%03u/%03u", device->bus, device->device);
  revival->interfaces = g_new0 (guint, device->driverless->len);
  for (guint i = 0; i < device->driverless->len; i++)
    {
      const char *dot = strrchr (device->driverless->pdata[i], '.'); /* 1-1.2:1.0 */

      if (dot != NULL)
        revival->interfaces[revival->n_interfaces++] = (guint) g_ascii_strtoull (dot + 1, NULL, 10);
    }
  g_task_set_task_data (task, revival, revival_free);
  g_task_run_in_thread (task, revive_in_thread);
  g_object_unref (task);
}

static void
ho_usb_monitor_bus_init (HoUsbBusInterface *iface)
{
  iface->get_scan = ho_usb_monitor_get_scan;
  iface->refresh = ho_usb_monitor_refresh;
  iface->settle = ho_usb_monitor_settle;
  iface->revive = ho_usb_monitor_revive;
}

static void
ho_usb_monitor_finalize (GObject *object)
{
  HoUsbMonitor *self = HO_USB_MONITOR (object);

  g_clear_object (&self->client);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->next);
  ho_usb_scan_unref (self->scan);

  G_OBJECT_CLASS (ho_usb_monitor_parent_class)->finalize (object);
}

static void
ho_usb_monitor_class_init (HoUsbMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ho_usb_monitor_finalize;
}

static void
ho_usb_monitor_init (HoUsbMonitor *self)
{
  static const char *const subsystems[] = { "usb", "input", NULL };

  self->scan = ho_usb_scan_new ();
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  self->next = g_ptr_array_new_with_free_func (g_object_unref);
  self->client = g_udev_client_new (subsystems);
  g_signal_connect_object (self->client, "uevent", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
}

/**
 * ho_usb_monitor_new:
 *
 * Returns: (transfer full): this machine's bus. It has seen nothing until it is first refreshed.
 */
HoUsbMonitor *
ho_usb_monitor_new (void)
{
  return g_object_new (HO_TYPE_USB_MONITOR, NULL);
}

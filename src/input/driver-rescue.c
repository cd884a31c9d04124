/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "driver-rescue.h"

#include <unistd.h>

#include "error.h"

#include <glib/gi18n.h>

/* Between two of QEMU's steps a device has no driver for a moment; only what stays so is stranded.
 * In milliseconds. */
#define PATIENCE 1000

/* What failed is tried again, at first after FIRST_RETRY milliseconds (libvirt may still count the
 * dead guest), later less often. */
#define FIRST_RETRY 250
#define LAST_RETRY 30000

/**
 * HoDriverRescue:
 *
 * A QEMU that was killed leaves its USB devices without a driver: they are dead until somebody
 * acts, and the kernel tells nobody. This gives the chosen devices their drivers back: through the
 * device's node where this user may write to it; else by lending them to a guest that never runs,
 * which needs nothing but libvirt.
 *
 * Signals: `ended` when nothing is left to do; `rescued` (how many devices) and `failed` (#GError,
 * it is tried again) before.
 */
struct _HoDriverRescue
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoGuestList *guests;
  HoUsbBus *bus;
  HoSettings *settings;
  GCancellable *cancellable;

  gboolean busy;
  gboolean waiting; /* for the connection to libvirt, and for the next check */
  guint timer;
  guint retry;    /* milliseconds until the next try */
  guint stranded; /* devices that were found stranded and are not known to be home */
  guint reviving; /* calls under way */
  enum
  {
    BY_NODE,
    BY_LIBVIRT,
    BY_NEITHER
  } way; /* what is tried next, in this round */
};

G_DEFINE_FINAL_TYPE (HoDriverRescue, ho_driver_rescue, G_TYPE_OBJECT)

enum
{
  RESCUED,
  FAILED,
  ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void look (HoDriverRescue *self);

/* Of all guests' devices, since whose guest it was is forgotten once it is dead. */
static GPtrArray *
find_stranded (HoDriverRescue *self, HoInputView **view)
{
  g_auto (GStrv) ids = ho_input_ids_for_all (self->settings, self->guests);
  GPtrArray *stranded = g_ptr_array_new ();

  *view = ho_input_view_new (ho_usb_bus_get_scan (self->bus), self->guests, FALSE,
                             (const char *const *) ids);
  for (guint i = 0; i < (*view)->devices->len; i++)
    {
      if (ho_input_device_is_stranded ((*view)->devices->pdata[i]))
        g_ptr_array_add (stranded, (*view)->devices->pdata[i]);
    }
  return stranded;
}

static void
end (HoDriverRescue *self)
{
  guint rescued = self->stranded;

  self->busy = FALSE;
  self->stranded = 0;
  self->retry = FIRST_RETRY;
  if (rescued > 0)
    g_signal_emit (self, signals[RESCUED], 0, rescued);
  g_signal_emit (self, signals[ENDED], 0);
}

static gboolean
on_timer (gpointer user_data)
{
  HoDriverRescue *self = user_data;

  self->timer = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

static void
look_later (HoDriverRescue *self, guint milliseconds)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add (milliseconds, on_timer, self);
}

static void
fail (HoDriverRescue *self, const GError *error)
{
  g_message ("%s", error->message);
  self->way = BY_NODE;
  g_signal_emit (self, signals[FAILED], 0, error);
  look_later (self, self->retry);
  self->retry = MIN (self->retry * 2, LAST_RETRY);
}

static void
on_borrowed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoDriverRescue *self;
  g_autoptr (GError) error = NULL;

  ho_hypervisor_borrow_devices_finish (HO_HYPERVISOR (object), result, &error);
  if (ho_error_is_silent (error))
    return;
  self = HO_DRIVER_RESCUE (user_data);
  if (error != NULL)
    {
      g_prefix_error (&error, "%s ",
                      _ ("Keyboard and mouse are left without a driver by a guest that was killed, "
                         "and libvirt did not bring them back yet:"));
      fail (self, error);
    }
  else
    {
      look (self);
    }
}

/* https://libvirt.org/formatdomain.html; as small as QEMU takes it. */
static char *
make_borrower (GPtrArray *stranded)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_autoptr (GString) xml = g_string_new (NULL);

  g_string_append_printf (xml,
                          "<domain type='%s'><name>%s%s</name><uuid>%s</uuid>"
                          "<memory unit='MiB'>1</memory><os><type>hvm</type></os><devices>"
                          "<controller type='usb' model='qemu-xhci'/><memballoon model='none'/>",
                          access ("/dev/kvm", F_OK) == 0 ? "kvm" : "qemu", HO_BORROWER_PREFIX, uuid,
                          uuid);
  for (guint i = 0; i < stranded->len; i++)
    {
      const HoInputDevice *device = stranded->pdata[i];
      g_autofree char *hostdev = ho_usb_device_dup_xml (device->usb);

      g_string_append (xml, hostdev);
    }
  g_string_append (xml, "</devices></domain>");
  return g_string_free (g_steal_pointer (&xml), FALSE);
}

static void
on_revived (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoDriverRescue *self;
  g_autoptr (GError) error = NULL;

  ho_usb_bus_revive_finish (HO_USB_BUS (object), result, &error);
  if (ho_error_is_silent (error))
    return;
  self = HO_DRIVER_RESCUE (user_data);
  if (error != NULL)
    g_debug ("%s", error->message);
  if (--self->reviving == 0)
    look (self);
}

static void
try_next_way (HoDriverRescue *self, GPtrArray *stranded)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  switch (self->way++)
    {
    case BY_NODE:
      self->reviving = stranded->len;
      for (guint i = 0; i < stranded->len; i++)
        ho_usb_bus_revive_async (self->bus, ((const HoInputDevice *) stranded->pdata[i])->usb,
                                 self->cancellable, on_revived, self);
      break;
    case BY_LIBVIRT:
      xml = make_borrower (stranded);
      ho_hypervisor_borrow_devices_async (self->hypervisor, xml, self->cancellable, on_borrowed,
                                          self);
      break;
    case BY_NEITHER:
    default:
      error = g_error_new (HO_ERROR, HO_ERROR_FAILED,
                           _ ("%s is left without a driver by a guest that was killed. Pull it out "
                              "and plug it in again."),
                           ((const HoInputDevice *) stranded->pdata[0])->name);
      fail (self, error);
    }
}

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoDriverRescue *self;
  g_autoptr (HoInputView) view = NULL;
  g_autoptr (GPtrArray) stranded = NULL;
  g_autoptr (GError) error = NULL;

  ho_usb_bus_refresh_finish (HO_USB_BUS (object), result, &error);
  if (ho_error_is_silent (error))
    return;
  self = HO_DRIVER_RESCUE (user_data);
  if (ho_hypervisor_get_state (self->hypervisor) != HO_CONNECTION_CONNECTED)
    {
      /* A guest may have them. */
      self->waiting = TRUE;
      return;
    }
  stranded = find_stranded (self, &view);
  if (stranded->len == 0)
    {
      end (self);
      return;
    }
  if (self->stranded == 0)
    {
      /* The first sight of it: it may only be on its way. */
      self->stranded = stranded->len;
      self->way = BY_NODE;
      look_later (self, PATIENCE);
      return;
    }

  self->stranded = MAX (self->stranded, stranded->len);
  try_next_way (self, stranded);
}

static void
look (HoDriverRescue *self)
{
  ho_usb_bus_refresh_async (self->bus, self->cancellable, on_looked, self);
}

static void
ho_driver_rescue_dispose (GObject *object)
{
  HoDriverRescue *self = HO_DRIVER_RESCUE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->hypervisor);
  g_clear_object (&self->guests);
  g_clear_object (&self->bus);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_driver_rescue_parent_class)->dispose (object);
}

static void
ho_driver_rescue_finalize (GObject *object)
{
  g_object_unref (HO_DRIVER_RESCUE (object)->cancellable);

  G_OBJECT_CLASS (ho_driver_rescue_parent_class)->finalize (object);
}

static void
ho_driver_rescue_class_init (HoDriverRescueClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_driver_rescue_dispose;
  object_class->finalize = ho_driver_rescue_finalize;

  signals[RESCUED] = g_signal_new ("rescued", HO_TYPE_DRIVER_RESCUE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[FAILED] = g_signal_new ("failed", HO_TYPE_DRIVER_RESCUE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[ENDED] = g_signal_new ("ended", HO_TYPE_DRIVER_RESCUE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
ho_driver_rescue_init (HoDriverRescue *self)
{
  self->cancellable = g_cancellable_new ();
  self->retry = FIRST_RETRY;
}

/**
 * ho_driver_rescue_new:
 * @hypervisor: what ran the guests
 * @guests: its guests
 * @bus: where devices are plugged in
 * @settings: which devices are chosen
 *
 * Returns: (transfer full): a rescue, which acts when it is told to look
 */
HoDriverRescue *
ho_driver_rescue_new (HoHypervisor *hypervisor, HoGuestList *guests, HoUsbBus *bus,
                      HoSettings *settings)
{
  HoDriverRescue *self = g_object_new (HO_TYPE_DRIVER_RESCUE, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->guests = g_object_ref (guests);
  self->bus = g_object_ref (bus);
  self->settings = g_object_ref (settings);
  return self;
}

/**
 * ho_driver_rescue_check:
 * @self: a rescue
 *
 * Looks whether any chosen device is left without a driver, and goes on until none is. To be called
 * when a guest has ended and when libvirt is there again, while no devices are being moved.
 */
void
ho_driver_rescue_check (HoDriverRescue *self)
{
  if (self->busy && !self->waiting)
    return;
  self->busy = TRUE;
  self->waiting = FALSE;
  look (self);
}

/** ho_driver_rescue_is_busy: Returns: whether something is left to do, or may be */
gboolean
ho_driver_rescue_is_busy (HoDriverRescue *self)
{
  return self->busy;
}

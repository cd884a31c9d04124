/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-world.h"

#include "error.h"

typedef struct
{
  gboolean plugged;
  guint number;    /* device number */
  int guest;       /* whose process has it, or -1 */
  gboolean driver; /* the host has a driver for it */
  gboolean fails;  /* to be attached */
} Device;

/* An entry of a guest's XML: names a device number, which may be stale. */
typedef struct
{
  guint device;
  guint number;
  guint alias;
} Entry;

typedef struct
{
  HoGuestState state;
  GArray *entries; /* of Entry */
  HoGuestChannel *channel;
  GString *written; /* by the guest, not read yet */
  gboolean wants_more;
} Guest;

/* A call that hangs. */
typedef struct
{
  GTask *task;
  guint guest;
  guint device; /* to attach, or */
  guint alias;  /* to detach */
} Held;

struct _FakeWorld
{
  GObject parent;

  gboolean connected;
  gboolean told_connected; /* as the real one has it: once the guests are listed */
  Guest guests[FAKE_N_GUESTS];
  Device devices[FAKE_N_DEVICES];
  guint next_number;
  guint next_alias;
  gboolean other_keyboard;
  gboolean writable;
  gboolean mute;        /* events are late: only who looks knows */
  gboolean in_firmware; /* guests drive no USB yet */
  FakeFault attach_fault;
  FakeFault detach_fault;
  GQueue held; /* of Held */
  HoUsbScan *scan;
  guint calls;
};

static const struct
{
  guint16 vendor, product;
  HoUsbKinds kinds;
  const char *serial, *port, *name, *id;
} kinds[FAKE_N_DEVICES] = {
  { 0x1111, 1, HO_USB_KEYBOARD, NULL, "1-1", "Keyboard", "1111:0001" },
  { 0x1111, 2, HO_USB_MOUSE, NULL, "1-2", "Mouse", "1111:0002" },
  { 0x2222, 1, HO_USB_KEYBOARD | HO_USB_MOUSE, "A", "1-3", "Receiver A", "2222:0001/serial=A" },
  { 0x2222, 1, HO_USB_KEYBOARD | HO_USB_MOUSE, "B", "1-4", "Receiver B", "2222:0001/serial=B" },
};

static const char *const uuids[FAKE_N_GUESTS]
    = { "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002" };
static const char *const names[FAKE_N_GUESTS] = { "win10", "linux" };

static void hypervisor_init (HoHypervisorInterface *iface);
static void bus_init (HoUsbBusInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeWorld, fake_world, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_HYPERVISOR, hypervisor_init)
                                   G_IMPLEMENT_INTERFACE (HO_TYPE_USB_BUS, bus_init))

enum
{
  PROP_0,
  PROP_STATE,
  PROP_PROBLEM,
  PROP_URI,
  PROP_LOCAL,
};

static guint
find_guest (const char *uuid)
{
  for (guint i = 0; i < FAKE_N_GUESTS; i++)
    {
      if (g_str_equal (uuids[i], uuid))
        return i;
    }
  g_assert_not_reached ();
}

static HoGuestRecord *
make_record (FakeWorld *self, guint index)
{
  Guest *guest = &self->guests[index];
  g_autoptr (GString) xml = g_string_new (NULL);
  HoDomainFacts *facts;

  g_string_append_printf (xml, "<domain><name>%s</name><uuid>%s</uuid><devices>", names[index],
                          uuids[index]);
  g_string_append (xml, "<channel type='unix'><target type='virtio' name='org.handover.return.0'/>"
                        "</channel>");
  for (guint i = 0; i < guest->entries->len; i++)
    {
      const Entry *entry = &g_array_index (guest->entries, Entry, i);

      g_string_append_printf (xml,
                              "<hostdev type='usb'><source><vendor id='0x%04x'/><product "
                              "id='0x%04x'/><address bus='1' device='%u'/></source><alias "
                              "name='hostdev%u'/></hostdev>",
                              kinds[entry->device].vendor, kinds[entry->device].product,
                              entry->number, entry->alias);
    }
  g_string_append (xml, "</devices></domain>");
  facts = ho_domain_facts_new_from_xml (xml->str, NULL);
  return ho_guest_record_new (guest->state, HO_REASON_NONE, TRUE, facts);
}

static void
tell (FakeWorld *self, guint guest)
{
  g_autoptr (HoGuestRecord) record = NULL;

  if (!self->connected || self->mute)
    return;
  record = make_record (self, guest);
  ho_hypervisor_emit_updated (HO_HYPERVISOR (self), record);
}

/* Whoever waits is told later, as by a real daemon. */
static void
fail (GTask *task, HoError code, const char *message)
{
  g_task_return_new_error (task, HO_ERROR, code, "%s", message);
  g_object_unref (task);
}

static gboolean
check_call (FakeWorld *self, guint guest, GTask *task)
{
  if (!self->connected)
    fail (task, HO_ERROR_NO_CONNECTION, "libvirt is gone.");
  else if (!ho_guest_state_is_active (self->guests[guest].state))
    fail (task, HO_ERROR_FAILED, "domain is not running.");
  else
    return TRUE;
  return FALSE;
}

static void
hold (FakeWorld *self, GTask *task, guint guest, guint device, guint alias)
{
  Held *held = g_new0 (Held, 1);

  held->task = task;
  held->guest = guest;
  held->device = device;
  held->alias = alias;
  g_queue_push_tail (&self->held, held);
}

static void
add_entry (FakeWorld *self, guint guest, guint device)
{
  Entry entry = { device, self->devices[device].number, self->next_alias++ };

  g_array_append_val (self->guests[guest].entries, entry);
  self->devices[device].guest = (int) guest;
  self->devices[device].driver = FALSE;
}

static void
do_attach (FakeWorld *self, guint guest, guint device, GTask *task)
{
  if (!check_call (self, guest, task))
    return;
  if (!self->devices[device].plugged)
    {
      fail (task, HO_ERROR_FAILED, "Did not find USB device.");
      return;
    }
  if (self->devices[device].guest >= 0)
    {
      fail (task, HO_ERROR_FAILED, "USB device is in use by driver QEMU.");
      return;
    }
  add_entry (self, guest, device);
  tell (self, guest);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
remove_entry (FakeWorld *self, guint guest, guint index)
{
  const Entry *entry = &g_array_index (self->guests[guest].entries, Entry, index);
  Device *device = &self->devices[entry->device];

  if (device->plugged && device->number == entry->number)
    {
      device->guest = -1;
      device->driver = TRUE;
    }
  g_array_remove_index (self->guests[guest].entries, index);
}

static void
do_detach (FakeWorld *self, guint guest, guint alias, GTask *task)
{
  GArray *entries = self->guests[guest].entries;

  if (!check_call (self, guest, task))
    return;
  for (guint i = 0; i < entries->len; i++)
    {
      if (g_array_index (entries, Entry, i).alias != alias)
        continue;
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      remove_entry (self, guest, i);
      tell (self, guest);
      return;
    }
  fail (task, HO_ERROR_FAILED, "device not found: no device with that alias.");
}

static guint
find_device (const char *xml)
{
  const char *product = strstr (xml, "<product id='0x");
  const char *vendor = strstr (xml, "<vendor id='0x");
  const char *address = strstr (xml, "device='");
  guint v, p, n;

  g_assert_true (product != NULL && vendor != NULL && address != NULL);
  v = (guint) g_ascii_strtoull (vendor + strlen ("<vendor id='0x"), NULL, 16);
  p = (guint) g_ascii_strtoull (product + strlen ("<product id='0x"), NULL, 16);
  n = (guint) g_ascii_strtoull (address + strlen ("device='"), NULL, 10);
  return v << 24 | p << 16 | n;
}

static void
attach (FakeWorld *self, const char *uuid, const char *xml, GTask *task)
{
  guint wanted = find_device (xml);
  FakeFault fault = self->attach_fault;

  self->calls++;
  self->attach_fault = FAKE_WORKS;
  for (guint i = 0; i < FAKE_N_DEVICES; i++)
    {
      guint own = (guint) kinds[i].vendor << 24 | (guint) kinds[i].product << 16
                  | self->devices[i].number;

      if (own != wanted)
        continue;
      if (fault == FAKE_FAILS || self->devices[i].fails)
        fail (task, HO_ERROR_FAILED, "internal error: unable to execute QEMU command.");
      else if (fault == FAKE_HANGS)
        hold (self, task, find_guest (uuid), i, G_MAXUINT);
      else
        do_attach (self, find_guest (uuid), i, task);
      return;
    }
  fail (task, HO_ERROR_FAILED, "Did not find USB device.");
}

/* Several devices, of which something may happen in between. */
typedef struct
{
  GTask *task;
  char *uuid;
  char **xmls;
  guint n_attached;
} Batch;

static void attach_next (FakeWorld *self, Batch *batch);

static void
end_batch (Batch *batch, GError *error)
{
  g_task_set_task_data (batch->task, GUINT_TO_POINTER (batch->n_attached), NULL);
  if (error != NULL)
    g_task_return_error (batch->task, error);
  else
    g_task_return_boolean (batch->task, TRUE);
  g_object_unref (batch->task);
  g_free (batch->uuid);
  g_strfreev (batch->xmls);
  g_free (batch);
}

static void
on_one_attached (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Batch *batch = user_data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      end_batch (batch, error);
      return;
    }
  batch->n_attached++;
  attach_next (FAKE_WORLD (object), batch);
}

static void
attach_next (FakeWorld *self, Batch *batch)
{
  if (batch->xmls[batch->n_attached] == NULL)
    end_batch (batch, NULL);
  else
    attach (self, batch->uuid, batch->xmls[batch->n_attached],
            g_task_new (self, NULL, on_one_attached, batch));
}

static void
world_attach_devices (HoHypervisor *hypervisor, const char *uuid, const char *const *xmls,
                      GTask *task)
{
  Batch *batch = g_new0 (Batch, 1);

  batch->task = task;
  batch->uuid = g_strdup (uuid);
  batch->xmls = g_strdupv ((char **) xmls);
  attach_next (FAKE_WORLD (hypervisor), batch);
}

static void
world_detach_alias (HoHypervisor *hypervisor, const char *uuid, const char *alias, GTask *task)
{
  FakeWorld *self = FAKE_WORLD (hypervisor);
  FakeFault fault = self->detach_fault;
  guint number = (guint) g_ascii_strtoull (alias + strlen ("hostdev"), NULL, 10);

  self->calls++;
  self->detach_fault = FAKE_WORKS;
  if (fault == FAKE_FAILS)
    fail (task, HO_ERROR_FAILED, "internal error: unable to execute QEMU command.");
  else if (fault == FAKE_HANGS)
    hold (self, task, find_guest (uuid), G_MAXUINT, number);
  else
    do_detach (self, find_guest (uuid), number, task);
}

static void
world_borrow_devices (HoHypervisor *hypervisor, const char *xml, GTask *task)
{
  FakeWorld *self = FAKE_WORLD (hypervisor);

  self->calls++;
  if (!self->connected)
    {
      fail (task, HO_ERROR_NO_CONNECTION, "libvirt is gone.");
      return;
    }
  for (guint i = 0; i < FAKE_N_DEVICES; i++)
    {
      if (self->devices[i].plugged && self->devices[i].guest < 0)
        self->devices[i].driver = TRUE;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* The channel. */

typedef struct
{
  FakeWorld *world;
  guint guest;
} Backend;

static void
pump (FakeWorld *self, guint index)
{
  Guest *guest = &self->guests[index];
  g_autoptr (GBytes) data = NULL;
  gsize length = MIN (guest->written->len, 1024);

  if (guest->channel == NULL || !guest->wants_more || length == 0)
    return;
  guest->wants_more = FALSE;
  data = g_bytes_new (guest->written->str, length);
  g_string_erase (guest->written, 0, (gssize) length);
  ho_guest_channel_emit_data (guest->channel, data);
}

static void
backend_more (gpointer data)
{
  Backend *backend = data;

  backend->world->guests[backend->guest].wants_more = TRUE;
  pump (backend->world, backend->guest);
}

static void
backend_close (gpointer data)
{
  Backend *backend = data;

  backend->world->guests[backend->guest].channel = NULL;
  g_free (backend);
}

static const HoGuestChannelFuncs channel_funcs = { .more = backend_more, .close = backend_close };

static void
world_open_channel (HoHypervisor *hypervisor, const char *uuid, const char *name, GTask *task)
{
  FakeWorld *self = FAKE_WORLD (hypervisor);
  guint index = find_guest (uuid);
  Backend *backend;

  if (!check_call (self, index, task))
    return;
  if (self->guests[index].channel != NULL)
    {
      fail (task, HO_ERROR_BUSY, "Active channel stream exists for this domain.");
      return;
    }
  backend = g_new0 (Backend, 1);
  backend->world = self;
  backend->guest = index;
  self->guests[index].channel = ho_guest_channel_new (&channel_funcs, backend);
  g_task_return_pointer (task, self->guests[index].channel, g_object_unref);
  g_object_unref (task);
}

static void
world_act (HoHypervisor *hypervisor, const char *uuid, HoGuestAct act, GTask *task)
{
  FakeWorld *self = FAKE_WORLD (hypervisor);
  guint guest = find_guest (uuid);

  switch (act)
    {
    case HO_GUEST_ACT_START:
    case HO_GUEST_ACT_RESUME:
    case HO_GUEST_ACT_WAKE:
      fake_world_set_state (self, guest, HO_GUEST_RUNNING);
      break;
    case HO_GUEST_ACT_PAUSE:
      fake_world_set_state (self, guest, HO_GUEST_PAUSED);
      break;
    case HO_GUEST_ACT_SHUT_DOWN:
    case HO_GUEST_ACT_FORCE_OFF:
    default:
      fake_world_set_state (self, guest, HO_GUEST_OFF);
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
world_look (HoHypervisor *hypervisor, const char *uuid, GTask *task)
{
  FakeWorld *self = FAKE_WORLD (hypervisor);
  gboolean mute = self->mute;

  self->mute = FALSE;
  tell (self, find_guest (uuid));
  self->mute = mute;
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
hypervisor_init (HoHypervisorInterface *iface)
{
  iface->act = world_act;
  iface->look = world_look;
  iface->attach_devices = world_attach_devices;
  iface->detach_alias = world_detach_alias;
  iface->open_channel = world_open_channel;
  iface->borrow_devices = world_borrow_devices;
}

/* The USB bus. */

static HoUsbScan *
make_scan (FakeWorld *self)
{
  HoUsbScan *scan = ho_usb_scan_new ();

  for (guint i = 0; i < FAKE_N_DEVICES; i++)
    {
      const Device *device = &self->devices[i];
      HoUsbDevice *usb;

      if (!device->plugged)
        continue;
      usb = ho_usb_device_new (kinds[i].port);
      usb->name = g_strdup (kinds[i].name);
      usb->serial = g_strdup (kinds[i].serial);
      usb->vendor = kinds[i].vendor;
      usb->product = kinds[i].product;
      usb->kinds = kinds[i].kinds;
      usb->bus = 1;
      usb->device = device->number;
      usb->driven = device->driver;
      usb->claimed = device->guest >= 0 && !self->in_firmware;
      usb->drives_keyboard = device->driver && (kinds[i].kinds & HO_USB_KEYBOARD) != 0;
      if (!usb->driven && !usb->claimed)
        g_ptr_array_add (usb->driverless, g_strdup_printf ("%s:1.0", kinds[i].port));
      g_ptr_array_add (scan->devices, usb);
    }
  if (self->other_keyboard)
    g_ptr_array_add (scan->other_keyboards, g_strdup ("Built-in"));
  return scan;
}

static HoUsbScan *
world_get_scan (HoUsbBus *bus)
{
  return FAKE_WORLD (bus)->scan;
}

static void
scan_now (FakeWorld *self)
{
  g_clear_pointer (&self->scan, ho_usb_scan_unref);
  self->scan = make_scan (self);
  ho_usb_bus_emit_changed (HO_USB_BUS (self));
}

static gboolean
refresh_later (gpointer user_data)
{
  GTask *task = user_data;

  scan_now (g_task_get_source_object (task));
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static void
world_refresh (HoUsbBus *bus, GTask *task)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, refresh_later, task, NULL);
}

static void
world_revive (HoUsbBus *bus, const HoUsbDevice *device, GTask *task)
{
  FakeWorld *self = FAKE_WORLD (bus);

  if (!self->writable)
    {
      fail (task, HO_ERROR_REFUSED, "Permission denied.");
      return;
    }
  for (guint i = 0; i < FAKE_N_DEVICES; i++)
    {
      if (g_str_equal (kinds[i].port, device->port))
        self->devices[i].driver = TRUE;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
bus_init (HoUsbBusInterface *iface)
{
  iface->get_scan = world_get_scan;
  iface->refresh = world_refresh;
  iface->settle = world_refresh;
  iface->revive = world_revive;
}

/* GObject. */

static void
fake_world_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FakeWorld *self = FAKE_WORLD (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_int (value,
                       self->told_connected ? HO_CONNECTION_CONNECTED : HO_CONNECTION_UNREACHABLE);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->connected ? NULL : "libvirt is gone.");
      break;
    case PROP_URI:
      g_value_set_string (value, "fake:///");
      break;
    case PROP_LOCAL:
      g_value_set_boolean (value, TRUE);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
fake_world_finalize (GObject *object)
{
  FakeWorld *self = FAKE_WORLD (object);

  for (guint i = 0; i < FAKE_N_GUESTS; i++)
    {
      g_array_unref (self->guests[i].entries);
      g_string_free (self->guests[i].written, TRUE);
    }
  ho_usb_scan_unref (self->scan);

  G_OBJECT_CLASS (fake_world_parent_class)->finalize (object);
}

static void
fake_world_class_init (FakeWorldClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = fake_world_get_property;
  object_class->finalize = fake_world_finalize;
  g_object_class_override_property (object_class, PROP_STATE, "state");
  g_object_class_override_property (object_class, PROP_PROBLEM, "problem");
  g_object_class_override_property (object_class, PROP_URI, "uri");
  g_object_class_override_property (object_class, PROP_LOCAL, "local");
}

static void
fake_world_init (FakeWorld *self)
{
  self->next_number = 1;
  for (guint i = 0; i < FAKE_N_GUESTS; i++)
    {
      self->guests[i].entries = g_array_new (FALSE, FALSE, sizeof (Entry));
      self->guests[i].written = g_string_new (NULL);
    }
  for (guint i = 0; i < FAKE_N_DEVICES; i++)
    self->devices[i] = (Device){ TRUE, self->next_number++, -1, TRUE };
  self->scan = make_scan (self);
}

/* A world that is connected once fake_world_set_connected() says so; guests are off, everything is
 * plugged in. */
FakeWorld *
fake_world_new (void)
{
  return g_object_new (FAKE_TYPE_WORLD, NULL);
}

const char *
fake_world_get_uuid (guint guest)
{
  return uuids[guest];
}

const char *
fake_world_get_name (guint guest)
{
  return names[guest];
}

const char *
fake_world_get_id (guint device)
{
  return kinds[device].id;
}

void
fake_world_set_connected (FakeWorld *self, gboolean connected)
{
  g_autoptr (GPtrArray) records
      = g_ptr_array_new_with_free_func ((GDestroyNotify) ho_guest_record_unref);

  if (self->connected == connected)
    return;
  self->connected = connected;
  for (guint i = 0; connected && i < FAKE_N_GUESTS; i++)
    g_ptr_array_add (records, make_record (self, i));
  if (connected)
    ho_hypervisor_emit_listed (HO_HYPERVISOR (self), records);
  self->told_connected = connected;
  g_object_notify (G_OBJECT (self), "state");
  if (!connected)
    ho_hypervisor_emit_listed (HO_HYPERVISOR (self), records);
}

static void
end_guest (FakeWorld *self, guint index, gboolean restores)
{
  Guest *guest = &self->guests[index];

  for (guint i = 0; i < FAKE_N_DEVICES; i++)
    {
      if (self->devices[i].guest != (int) index)
        continue;
      self->devices[i].guest = -1;
      self->devices[i].driver = restores;
    }
  g_array_set_size (guest->entries, 0);
  g_string_truncate (guest->written, 0);
  if (guest->channel != NULL)
    ho_guest_channel_emit_closed (guest->channel);
}

/* As virsh does it: an end gives devices back to the host's drivers. */
void
fake_world_set_state (FakeWorld *self, guint guest, HoGuestState state)
{
  if (!ho_guest_state_is_active (state))
    end_guest (self, guest, TRUE);
  self->guests[guest].state = state;
  tell (self, guest);
}

/* SIGKILL: what the guest had is left without a driver. */
void
fake_world_kill (FakeWorld *self, guint guest)
{
  end_guest (self, guest, FALSE);
  self->guests[guest].state = HO_GUEST_CRASHED;
  tell (self, guest);
}

void
fake_world_plug (FakeWorld *self, guint index, gboolean plugged)
{
  Device *device = &self->devices[index];

  if (device->plugged == plugged)
    return;
  device->plugged = plugged;
  device->guest = -1;
  device->driver = plugged;
  if (plugged)
    device->number = self->next_number++;
  scan_now (self);
}

void
fake_world_attach (FakeWorld *self, guint device, guint guest)
{
  if (!self->devices[device].plugged || self->devices[device].guest >= 0
      || !ho_guest_state_is_active (self->guests[guest].state))
    return;
  add_entry (self, guest, device);
  tell (self, guest);
}

void
fake_world_detach (FakeWorld *self, guint device)
{
  int guest = self->devices[device].guest;

  if (guest < 0)
    return;
  for (guint i = 0; i < self->guests[guest].entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->guests[guest].entries, Entry, i);

      if (entry->device != device || entry->number != self->devices[device].number)
        continue;
      remove_entry (self, (guint) guest, i);
      break;
    }
  tell (self, (guint) guest);
}

void
fake_world_add_keyboard (FakeWorld *self, gboolean other_keyboard)
{
  self->other_keyboard = other_keyboard;
  scan_now (self);
}

void
fake_world_fault (FakeWorld *self, FakeFault attach, FakeFault detach)
{
  self->attach_fault = attach;
  self->detach_fault = detach;
}

/* No guest can have @device any more. */
void
fake_world_fail_device (FakeWorld *self, guint device)
{
  self->devices[device].fails = TRUE;
}

void
fake_world_release (FakeWorld *self)
{
  Held *held;

  while ((held = g_queue_pop_head (&self->held)) != NULL)
    {
      if (held->alias == G_MAXUINT)
        do_attach (self, held->guest, held->device, held->task);
      else
        do_detach (self, held->guest, held->alias, held->task);
      g_free (held);
    }
}

void
fake_world_write (FakeWorld *self, guint guest, const char *text, gsize length)
{
  g_string_append_len (self->guests[guest].written, text, (gssize) length);
  pump (self, guest);
}

void
fake_world_set_mute (FakeWorld *self, gboolean mute)
{
  self->mute = mute;
}

void
fake_world_set_in_firmware (FakeWorld *self, gboolean in_firmware)
{
  self->in_firmware = in_firmware;
  scan_now (self);
}

void
fake_world_set_writable (FakeWorld *self, gboolean writable)
{
  self->writable = writable;
}

int
fake_world_where (FakeWorld *self, guint device)
{
  return self->devices[device].plugged ? self->devices[device].guest : -2;
}

gboolean
fake_world_is_dead (FakeWorld *self, guint device)
{
  return self->devices[device].plugged && self->devices[device].guest < 0
         && !self->devices[device].driver;
}

guint
fake_world_count_calls (FakeWorld *self)
{
  return self->calls;
}

/* Calls that hang now. */
guint
fake_world_count_held (FakeWorld *self)
{
  return g_queue_get_length (&self->held);
}

/* Entries in the guest's XML, stale ones included. */
guint
fake_world_count_entries (FakeWorld *self, guint guest)
{
  return self->guests[guest].entries->len;
}

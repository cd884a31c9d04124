/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "shutdown-guard.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

#include "error.h"

#include <glib/gi18n.h>

/**
 * HoShutdownGuard:
 *
 * Blocks shutdown and sleep of the host while a guest holds a card: a card does not survive that in
 * a guest's hands, and the guest's work would be lost. The lock is logind's, a descriptor that ends
 * with this process. https://systemd.io/INHIBITOR_LOCKS/
 */
struct _HoShutdownGuard
{
  GObject parent;

  HoGuestList *guests;
  HoGpuList *gpus;
  HoSettings *settings;
  GCancellable *cancellable;
  int lock;  /* -1: none */
  char *why; /* what the lock, or the request for one, says; NULL: none is wanted */
  gboolean asking;
};

G_DEFINE_FINAL_TYPE (HoShutdownGuard, ho_shutdown_guard, G_TYPE_OBJECT)

static void update (HoShutdownGuard *self);

static void
release (HoShutdownGuard *self)
{
  if (self->lock >= 0)
    close (self->lock);
  self->lock = -1;
}

static gboolean
has_card (HoShutdownGuard *self, HoGuest *guest)
{
  g_autoptr (GPtrArray) addresses = ho_gpu_list_list_addresses (self->gpus, guest);

  return addresses->len > 0;
}

static char *
get_reason (HoShutdownGuard *self)
{
  GListModel *guests = G_LIST_MODEL (self->guests);
  guint n = g_list_model_get_n_items (guests);

  if (!g_settings_get_boolean (ho_settings_get_global (self->settings), HO_KEY_INHIBIT_SHUTDOWN))
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (guests, i);

      if (ho_guest_is_active (guest) && has_card (self, guest))
        return g_strdup_printf (_ ("%s holds the graphics card. Shut it down first."),
                                ho_guest_get_name (guest));
    }
  return NULL;
}

static void
on_inhibited (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GUnixFDList) descriptors = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (object), &descriptors, result, &error);
  HoShutdownGuard *self;

  if (ho_error_is_silent (error))
    return;
  self = HO_SHUTDOWN_GUARD (user_data);
  self->asking = FALSE;
  if (reply == NULL)
    {
      g_message ("shutdown and sleep are not blocked: %s", error->message);
      return;
    }
  release (self);
  if (descriptors != NULL && g_unix_fd_list_get_length (descriptors) > 0)
    self->lock = g_unix_fd_list_get (descriptors, 0, NULL);
  /* It may have become pointless meanwhile. */
  if (self->why == NULL)
    release (self);
}

static void
on_bus (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);
  HoShutdownGuard *self;

  if (ho_error_is_silent (error))
    return;
  self = HO_SHUTDOWN_GUARD (user_data);
  if (bus == NULL || self->why == NULL)
    {
      self->asking = FALSE;
      return;
    }
  g_dbus_connection_call_with_unix_fd_list (
      bus, "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
      "Inhibit", g_variant_new ("(ssss)", "shutdown:sleep", "Handover", self->why, "block"),
      G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, self->cancellable, on_inhibited,
      self);
}

static void
update (HoShutdownGuard *self)
{
  g_autofree char *why = get_reason (self);

  if (g_strcmp0 (why, self->why) == 0)
    return;
  g_free (self->why);
  self->why = g_steal_pointer (&why);
  if (self->why == NULL)
    {
      release (self);
    }
  else if (!self->asking)
    {
      self->asking = TRUE;
      g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, on_bus, self);
    }
}

/* A state tells whether anything can have changed at all, without looking at every guest. */
static void
on_guest_changed (HoShutdownGuard *self, HoGuest *guest)
{
  if (ho_guest_get_facts (guest)->pci_hostdevs->len > 0)
    update (self);
}

static void
ho_shutdown_guard_dispose (GObject *object)
{
  HoShutdownGuard *self = HO_SHUTDOWN_GUARD (object);

  g_cancellable_cancel (self->cancellable);
  release (self);
  g_clear_object (&self->guests);
  g_clear_object (&self->gpus);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_shutdown_guard_parent_class)->dispose (object);
}

static void
ho_shutdown_guard_finalize (GObject *object)
{
  HoShutdownGuard *self = HO_SHUTDOWN_GUARD (object);

  g_object_unref (self->cancellable);
  g_free (self->why);

  G_OBJECT_CLASS (ho_shutdown_guard_parent_class)->finalize (object);
}

static void
ho_shutdown_guard_class_init (HoShutdownGuardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_shutdown_guard_dispose;
  object_class->finalize = ho_shutdown_guard_finalize;
}

static void
ho_shutdown_guard_init (HoShutdownGuard *self)
{
  self->lock = -1;
  self->cancellable = g_cancellable_new ();
}

/**
 * ho_shutdown_guard_new:
 * @guests: the guests of this machine
 * @gpus: the cards that they pass through
 * @settings: whether it is wanted
 *
 * Returns: (transfer full): a guard that takes and gives back the lock by itself
 */
HoShutdownGuard *
ho_shutdown_guard_new (HoGuestList *guests, HoGpuList *gpus, HoSettings *settings)
{
  HoShutdownGuard *self = g_object_new (HO_TYPE_SHUTDOWN_GUARD, NULL);

  self->guests = g_object_ref (guests);
  self->gpus = g_object_ref (gpus);
  self->settings = g_object_ref (settings);
  g_object_connect (guests, "swapped-object-signal::guest-added", on_guest_changed, self,
                    "swapped-object-signal::guest-changed", on_guest_changed, self,
                    "swapped-object-signal::guest-removed", on_guest_changed, self, NULL);
  /* What a device is becomes known when the bus was looked at. */
  g_signal_connect_object (gpus, "looked", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_settings_get_global (settings), "changed::" HO_KEY_INHIBIT_SHUTDOWN,
                           G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return self;
}

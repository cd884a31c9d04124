/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "cpu-shield.h"

#include "cpu-allowance.h"
#include "error.h"
#include "xml-query.h"

#include <glib/gi18n.h>

/**
 * HoCpuShield:
 *
 * Keeps the host's own programs off the processors of those running guests for which the user wants
 * that. As a start gate it does so before the guest starts, and refuses the start if it cannot; a
 * guest that others start, or that runs already, is shielded as soon as it is seen. Once no such
 * guest runs, also after a crash of an earlier Handover, the host has all its processors back.
 *
 * The signal `failed` tells what could not be done when nobody waited: whether it was giving back,
 * and a sentence for the user.
 */
struct _HoCpuShield
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoGuestList *guests;
  HoSettings *settings;
  GCancellable *cancellable;
  GHashTable *shields; /* uuid → HoCpuSet, of every guest that runs or is about to */
  guint n_reading;     /* descriptions of running guests on their way */
  gboolean applying;
  gboolean giving_back;
  gboolean again;
  GPtrArray *waiting; /* of GTask: gates whose guest is in `shields` but not yet applied */
  GPtrArray *served;  /* of GTask: those that the work under way is for */
};

static void ho_cpu_shield_gate_init (HoStartGateInterface *iface);
static void apply (HoCpuShield *self);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoCpuShield, ho_cpu_shield, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_START_GATE, ho_cpu_shield_gate_init))

enum
{
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Applying: one piece of work at a time, for all that is wanted by then. */

static void
apply_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (ho_cpu_allowance_apply (data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
answer_gates (HoCpuShield *self, const GError *error)
{
  g_autoptr (GPtrArray) served = g_steal_pointer (&self->served);

  for (guint i = 0; i < served->len; i++)
    {
      GTask *task = served->pdata[i];

      if (error == NULL)
        {
          g_task_return_boolean (task, TRUE);
          continue;
        }
      g_hash_table_remove (self->shields, g_task_get_task_data (task));
      g_task_return_error (task, g_error_copy (error));
    }
}

static void
on_applied (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoCpuShield *self = HO_CPU_SHIELD (object);
  g_autoptr (GError) error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);
  self->applying = FALSE;
  if (error != NULL && !ho_error_is_silent (error) && self->served->len == 0)
    {
      g_message ("%s", error->message);
      g_signal_emit (self, signals[FAILED], 0, self->giving_back, error->message);
    }
  answer_gates (self, error);
  if (self->again && !g_cancellable_is_cancelled (self->cancellable))
    apply (self);
}

static void
apply (HoCpuShield *self)
{
  g_autoptr (GTask) task = NULL;
  HoCpuSet *all;
  GHashTableIter iter;
  gpointer shield;

  self->again = self->applying;
  /* Before every running guest is known, giving back could be too much. */
  if (self->applying || self->n_reading > 0)
    return;
  all = g_new0 (HoCpuSet, 1);
  g_hash_table_iter_init (&iter, self->shields);
  while (g_hash_table_iter_next (&iter, NULL, &shield))
    ho_cpu_set_add_all (all, shield);

  self->applying = TRUE;
  self->giving_back = g_hash_table_size (self->shields) == 0;
  self->served = g_steal_pointer (&self->waiting);
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  task = g_task_new (self, self->cancellable, on_applied, NULL);
  g_task_set_task_data (task, all, g_free);
  g_task_run_in_thread (task, apply_in_thread);
}

/* What a guest is pinned to. */

static HoCpuSet *
read_pins (const char *xml)
{
  g_autoptr (HoXmlDoc) doc = ho_xml_parse_domain (xml, NULL);
  g_autoptr (GPtrArray) pins
      = ho_xml_all (doc, "/domain/cputune/vcpupin[@cpuset] | /domain/cputune/iothreadpin[@cpuset]");
  HoCpuSet *all = g_new0 (HoCpuSet, 1);

  for (guint i = 0; i < pins->len; i++)
    {
      g_autofree char *text = ho_xml_get_attribute (pins->pdata[i], "cpuset");
      HoCpuSet set;

      if (ho_cpu_set_parse (&set, text))
        ho_cpu_set_add_all (all, &set);
    }
  return all;
}

static gboolean
is_wanted (HoCpuShield *self, HoGuest *guest)
{
  return g_settings_get_boolean (ho_settings_get_guest (self->settings, ho_guest_get_uuid (guest)),
                                 HO_KEY_SHIELD_CPUS);
}

/* Guests of a session run in user.slice themselves. */
static gboolean
is_system (HoHypervisor *hypervisor)
{
  g_autofree char *uri = ho_hypervisor_dup_uri (hypervisor);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  return ho_hypervisor_is_local (hypervisor) && parsed != NULL
         && g_str_equal (g_uri_get_path (parsed), "/system");
}

/* The gate. */

static void
on_definition_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoCpuShield *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = ho_hypervisor_get_xml_finish (HO_HYPERVISOR (object), result, &error);
  g_autofree HoCpuSet *pins = xml != NULL ? read_pins (xml) : NULL;

  if (pins == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else if (ho_cpu_set_count (pins) == 0)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("There is no processor to set aside: this guest is not pinned to "
                                "any. Pin its vCPUs, or switch “shield-cpus” off."));
  else
    {
      g_hash_table_insert (self->shields, g_strdup (g_task_get_task_data (task)),
                           g_steal_pointer (&pins));
      g_ptr_array_add (self->waiting, g_steal_pointer (&task));
      apply (self);
    }
}

static void
ho_cpu_shield_open (HoStartGate *gate, HoGuest *guest, HoStartFlags flags, GTask *task)
{
  HoCpuShield *self = HO_CPU_SHIELD (gate);

  g_task_set_task_data (task, g_strdup (ho_guest_get_uuid (guest)), g_free);
  if (!is_wanted (self, guest) || !ho_hypervisor_is_local (self->hypervisor))
    g_task_return_boolean (task, TRUE);
  else if (!is_system (self->hypervisor))
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_UNSUPPORTED,
                             _ ("Processors can only be set aside for guests of qemu:///system. "
                                "Switch “shield-cpus” off for %s."),
                             ho_guest_get_name (guest));
  else
    {
      ho_hypervisor_get_xml_async (self->hypervisor, ho_guest_get_uuid (guest), TRUE,
                                   g_task_get_cancellable (task), on_definition_read, task);
      return;
    }
  g_object_unref (task);
}

static void
drop (HoCpuShield *self, HoGuest *guest)
{
  if (g_hash_table_remove (self->shields, ho_guest_get_uuid (guest)))
    apply (self);
}

static void
ho_cpu_shield_close (HoStartGate *gate, HoGuest *guest)
{
  drop (HO_CPU_SHIELD (gate), guest);
}

static void
ho_cpu_shield_gate_init (HoStartGateInterface *iface)
{
  iface->open = ho_cpu_shield_open;
  iface->close = ho_cpu_shield_close;
}

/* Guests that run without having passed the gate. */

typedef struct
{
  HoCpuShield *self;
  HoGuest *guest;
} Reading;

static void
on_running_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autofree Reading *reading = user_data;
  g_autoptr (HoCpuShield) self = reading->self;
  g_autoptr (HoGuest) guest = reading->guest;
  g_autofree char *xml = ho_hypervisor_get_xml_finish (HO_HYPERVISOR (object), result, NULL);
  const char *uuid = ho_guest_get_uuid (guest);

  self->n_reading--;
  if (xml != NULL && ho_guest_is_active (guest) && !g_hash_table_contains (self->shields, uuid))
    g_hash_table_insert (self->shields, g_strdup (uuid), read_pins (xml));
  if (!g_cancellable_is_cancelled (self->cancellable))
    apply (self);
}

static void
on_guest_changed (HoCpuShield *self, HoGuest *guest)
{
  const char *uuid = ho_guest_get_uuid (guest);
  Reading *reading;

  if (!ho_guest_is_active (guest))
    {
      drop (self, guest);
      return;
    }
  if (ho_guest_get_state (guest) == HO_GUEST_STARTING || g_hash_table_contains (self->shields, uuid)
      || !is_system (self->hypervisor) || !is_wanted (self, guest))
    return;
  reading = g_new0 (Reading, 1);
  reading->self = g_object_ref (self);
  reading->guest = g_object_ref (guest);
  self->n_reading++;
  ho_hypervisor_get_xml_async (self->hypervisor, uuid, FALSE, self->cancellable, on_running_read,
                               reading);
}

/* A lost connection is no reason: its guests run on. */
static void
on_guest_removed (HoCpuShield *self, HoGuest *guest)
{
  if (ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTED)
    drop (self, guest);
}

static void
on_connection_changed (HoCpuShield *self)
{
  if (ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTED
      && ho_cpu_allowance_is_ours ())
    apply (self);
}

static void
ho_cpu_shield_dispose (GObject *object)
{
  HoCpuShield *self = HO_CPU_SHIELD (object);

  g_cancellable_cancel (self->cancellable);

  G_OBJECT_CLASS (ho_cpu_shield_parent_class)->dispose (object);
}

static void
ho_cpu_shield_finalize (GObject *object)
{
  HoCpuShield *self = HO_CPU_SHIELD (object);

  g_object_unref (self->cancellable);
  g_clear_object (&self->hypervisor);
  g_clear_object (&self->guests);
  g_clear_object (&self->settings);
  g_hash_table_unref (self->shields);
  g_ptr_array_unref (self->waiting);

  G_OBJECT_CLASS (ho_cpu_shield_parent_class)->finalize (object);
}

static void
ho_cpu_shield_class_init (HoCpuShieldClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_cpu_shield_dispose;
  object_class->finalize = ho_cpu_shield_finalize;

  signals[FAILED] = g_signal_new ("failed", HO_TYPE_CPU_SHIELD, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
}

static void
ho_cpu_shield_init (HoCpuShield *self)
{
  self->cancellable = g_cancellable_new ();
  self->shields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * ho_cpu_shield_new:
 * @hypervisor: what runs the guests
 * @guests: the guests of @hypervisor
 * @settings: for the guests for which this is wanted
 *
 * Returns: (transfer full): a gate
 */
HoCpuShield *
ho_cpu_shield_new (HoHypervisor *hypervisor, HoGuestList *guests, HoSettings *settings)
{
  HoCpuShield *self = g_object_new (HO_TYPE_CPU_SHIELD, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->guests = g_object_ref (guests);
  self->settings = g_object_ref (settings);
  g_object_connect (guests, "swapped-object-signal::guest-added", on_guest_changed, self,
                    "swapped-object-signal::guest-changed::state", on_guest_changed, self,
                    "swapped-object-signal::guest-removed", on_guest_removed, self, NULL);
  g_signal_connect_object (hypervisor, "notify::state", G_CALLBACK (on_connection_changed), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "preflight.h"

#include "error.h"
#include "preflight-checks.h"

#include <glib/gi18n.h>

/**
 * HoPreflight:
 *
 * Looks, in a few milliseconds before a start, for what would make it fail, and says so instead of
 * libvirt: a failed start moves the card to and fro, and its error names the symptom. Stands last
 * among the gates, since the earlier ones make ready what it looks for.
 */
struct _HoPreflight
{
  GObject parent;

  HoHypervisor *hypervisor;
};

static void ho_preflight_gate_init (HoStartGateInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoPreflight, ho_preflight, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_START_GATE, ho_preflight_gate_init))

static const HoPreflightCheck checks[] = {
  ho_preflight_check_pci,
  ho_preflight_check_usb,
  ho_preflight_check_memory,
  ho_preflight_check_sound,
};

typedef struct
{
  char *guest;
  char *xml;
} Flight;

static void
flight_free (gpointer data)
{
  Flight *flight = data;

  g_free (flight->guest);
  g_free (flight->xml);
  g_free (flight);
}

/**
 * ho_preflight_explain:
 * @host: the machine
 * @definition: the definition of a guest that is off
 * @guest: its name
 *
 * Returns: (transfer full) (nullable): why the guest would not start and what to do, a sentence for
 *   each reason; %NULL if nothing speaks against it
 */
char *
ho_preflight_explain (const HoHost *host, xmlDoc *definition, const char *guest)
{
  g_autoptr (GPtrArray) reasons = g_ptr_array_new_with_free_func (g_free);
  xmlNode *root = xmlDocGetRootElement (definition);

  if (!ho_xml_attribute_is (root, "type", "kvm") && !ho_xml_attribute_is (root, "type", "qemu"))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    checks[i](host, definition, guest, reasons);
  if (reasons->len == 0)
    return NULL;
  g_ptr_array_add (reasons, NULL);
  return g_strjoinv (" ", (char **) reasons->pdata);
}

static void
look_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Flight *flight = data;
  g_autoptr (HoXmlDoc) definition = ho_xml_parse_domain (flight->xml, NULL);
  g_autoptr (HoHost) host = ho_host_new ("");
  g_autofree char *why
      = definition != NULL ? ho_preflight_explain (host, definition, flight->guest) : NULL;

  if (why != NULL)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED, "%s", why);
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_definition_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Flight *flight = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  flight->xml = ho_hypervisor_get_xml_finish (HO_HYPERVISOR (object), result, &error);
  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_run_in_thread (task, look_in_thread);
}

static void
ho_preflight_open (HoStartGate *gate, HoGuest *guest, HoStartFlags flags, GTask *task)
{
  HoPreflight *self = HO_PREFLIGHT (gate);
  Flight *flight = g_new0 (Flight, 1);

  flight->guest = g_strdup (ho_guest_get_name (guest));
  g_task_set_task_data (task, flight, flight_free);
  if (ho_hypervisor_is_local (self->hypervisor))
    {
      ho_hypervisor_get_xml_async (self->hypervisor, ho_guest_get_uuid (guest), TRUE,
                                   g_task_get_cancellable (task), on_definition_read, task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
ho_preflight_close (HoStartGate *gate, HoGuest *guest)
{
  /* Nothing was made ready. */
}

static void
ho_preflight_gate_init (HoStartGateInterface *iface)
{
  iface->open = ho_preflight_open;
  iface->close = ho_preflight_close;
}

static void
ho_preflight_dispose (GObject *object)
{
  g_clear_object (&HO_PREFLIGHT (object)->hypervisor);

  G_OBJECT_CLASS (ho_preflight_parent_class)->dispose (object);
}

static void
ho_preflight_class_init (HoPreflightClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ho_preflight_dispose;
}

static void
ho_preflight_init (HoPreflight *self)
{
}

/**
 * ho_preflight_new:
 * @hypervisor: what runs the guests
 *
 * Returns: (transfer full): a gate
 */
HoPreflight *
ho_preflight_new (HoHypervisor *hypervisor)
{
  HoPreflight *self = g_object_new (HO_TYPE_PREFLIGHT, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  return self;
}

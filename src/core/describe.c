/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "core.h"

/* The facts as scripts see them. The keys are a contract: `handover status --json` and the D-Bus
 * properties show these very dictionaries (see data/status.schema.json). */

/**
 * ho_core_describe_connection:
 * @self: the core
 *
 * Returns: (transfer floating): `a{sv}`
 */
GVariant *
ho_core_describe_connection (HoCore *self)
{
  HoHypervisor *hypervisor = ho_core_get_hypervisor (self);
  g_autofree char *uri = ho_hypervisor_dup_uri (hypervisor);
  g_autofree char *problem = ho_hypervisor_dup_problem (hypervisor);
  HoConnectionState state = ho_hypervisor_get_state (hypervisor);
  GVariantBuilder facts;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&facts, "{sv}", "uri", g_variant_new_string (uri));
  g_variant_builder_add (&facts, "{sv}", "state",
                         g_variant_new_string (ho_connection_state_to_string (state)));
  g_variant_builder_add (&facts, "{sv}", "local",
                         g_variant_new_boolean (ho_hypervisor_is_local (hypervisor)));
  if (problem != NULL)
    g_variant_builder_add (&facts, "{sv}", "problem", g_variant_new_string (problem));
  return g_variant_builder_end (&facts);
}

/**
 * ho_core_describe_guest:
 * @self: the core
 * @guest: one of its guests
 *
 * Returns: (transfer floating): `a{sv}`
 */
GVariant *
ho_core_describe_guest (HoCore *self, HoGuest *guest)
{
  g_autoptr (GPtrArray) gpus = ho_gpu_list_list_addresses (ho_core_get_gpus (self), guest);
  GVariantBuilder facts;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&facts, "{sv}", "name", g_variant_new_string (ho_guest_get_name (guest)));
  g_variant_builder_add (&facts, "{sv}", "uuid", g_variant_new_string (ho_guest_get_uuid (guest)));
  g_variant_builder_add (
      &facts, "{sv}", "state",
      g_variant_new_string (ho_guest_state_to_string (ho_guest_get_state (guest))));
  g_variant_builder_add (&facts, "{sv}", "primary",
                         g_variant_new_boolean (guest == ho_core_get_primary_guest (self)));
  g_variant_builder_add (
      &facts, "{sv}", "has-input",
      g_variant_new_boolean (guest == ho_input_get_guest (ho_core_get_input (self))));
  g_variant_builder_add (&facts, "{sv}", "gpus",
                         g_variant_new_strv ((const char *const *) gpus->pdata, gpus->len));
  return g_variant_builder_end (&facts);
}

/**
 * ho_core_describe_guests:
 * @self: the core
 *
 * Returns: (transfer floating): `aa{sv}`, sorted by name
 */
GVariant *
ho_core_describe_guests (HoCore *self)
{
  GListModel *guests = G_LIST_MODEL (ho_core_get_guests (self));
  guint n = g_list_model_get_n_items (guests);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (guests, i);

      g_variant_builder_add_value (&builder, ho_core_describe_guest (self, guest));
    }
  return g_variant_builder_end (&builder);
}

/**
 * ho_core_describe_status:
 * @self: the core
 *
 * Returns: (transfer floating): `a{sv}`, everything that `handover status --json` prints
 */
GVariant *
ho_core_describe_status (HoCore *self)
{
  GVariantBuilder facts;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&facts, "{sv}", "connection", ho_core_describe_connection (self));
  g_variant_builder_add (&facts, "{sv}", "guests", ho_core_describe_guests (self));
  g_variant_builder_add (&facts, "{sv}", "input", ho_core_describe_input (self));
  g_variant_builder_add (&facts, "{sv}", "gpus", ho_core_describe_gpus (self));
  g_variant_builder_add (&facts, "{sv}", "audio", ho_core_describe_audio (self));
  return g_variant_builder_end (&facts);
}

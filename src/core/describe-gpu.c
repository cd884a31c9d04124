/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "core.h"

/* Cards as scripts see them, see describe.c. */

static GVariant *
describe_function (const HoPciFunction *function)
{
  GVariantBuilder facts;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&facts, "{sv}", "address", g_variant_new_string (function->address));
  g_variant_builder_add (&facts, "{sv}", "kind",
                         g_variant_new_string (ho_pci_kind_to_string (function->kind)));
  if (function->name != NULL)
    g_variant_builder_add (&facts, "{sv}", "name", g_variant_new_string (function->name));
  if (function->driver != NULL)
    g_variant_builder_add (&facts, "{sv}", "driver", g_variant_new_string (function->driver));
  if (function->group >= 0)
    g_variant_builder_add (&facts, "{sv}", "iommu-group", g_variant_new_int32 (function->group));
  return g_variant_builder_end (&facts);
}

static GVariant *
describe_functions (const GPtrArray *functions)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < functions->len; i++)
    g_variant_builder_add_value (&builder, describe_function (functions->pdata[i]));
  return g_variant_builder_end (&builder);
}

static GVariant *
describe_holders (const HoHolders *holders)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; holders != NULL && i < holders->list->len; i++)
    {
      const HoHolder *holder = holders->list->pdata[i];
      GVariantBuilder facts;

      g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&facts, "{sv}", "pid", g_variant_new_int32 (holder->pid));
      g_variant_builder_add (&facts, "{sv}", "command", g_variant_new_string (holder->command));
      g_variant_builder_add (
          &facts, "{sv}", "nodes",
          g_variant_new_strv ((const char *const *) holder->nodes->pdata, holder->nodes->len));
      g_variant_builder_add_value (&builder, g_variant_builder_end (&facts));
    }
  return g_variant_builder_end (&builder);
}

/**
 * ho_core_describe_gpu:
 * @self: the core
 * @gpu: one of its cards
 *
 * Returns: (transfer floating): `a{sv}`. Who uses the card is as somebody last looked, see
 *   ho_gpu_list_look_async()
 */
GVariant *
ho_core_describe_gpu (HoCore *self, HoGpu *gpu)
{
  HoHolders *holders = ho_gpu_get_holders (gpu);
  HoGuest *guest = ho_gpu_get_guest (gpu);
  HoGpuOwner owner = ho_gpu_get_owner (gpu);
  GVariantBuilder facts;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&facts, "{sv}", "address",
                         g_variant_new_string (ho_gpu_get_address (gpu)));
  g_variant_builder_add (&facts, "{sv}", "name", g_variant_new_string (ho_gpu_get_name (gpu)));
  if (ho_gpu_get_driver (gpu) != NULL)
    g_variant_builder_add (&facts, "{sv}", "driver",
                           g_variant_new_string (ho_gpu_get_driver (gpu)));
  g_variant_builder_add (&facts, "{sv}", "owner",
                         g_variant_new_string (ho_gpu_owner_to_string (owner)));
  if (guest != NULL)
    g_variant_builder_add (&facts, "{sv}", "guest",
                           g_variant_new_string (ho_guest_get_name (guest)));
  g_variant_builder_add (&facts, "{sv}", "functions",
                         describe_functions (ho_gpu_get_functions (gpu)));
  g_variant_builder_add (&facts, "{sv}", "group-others",
                         describe_functions (ho_gpu_get_strangers (gpu)));
  g_variant_builder_add (&facts, "{sv}", "holders", describe_holders (holders));
  /* A card that no driver of the host has can't be used by its programs. */
  g_variant_builder_add (&facts, "{sv}", "holders-complete",
                         g_variant_new_boolean (ho_gpu_find_on_host (gpu) == NULL
                                                || (holders != NULL && holders->complete)));
  return g_variant_builder_end (&facts);
}

/**
 * ho_core_describe_gpus:
 * @self: the core
 *
 * Returns: (transfer floating): `aa{sv}`, sorted by address
 */
GVariant *
ho_core_describe_gpus (HoCore *self)
{
  GListModel *gpus = G_LIST_MODEL (ho_core_get_gpus (self));
  guint n = g_list_model_get_n_items (gpus);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGpu) gpu = g_list_model_get_item (gpus, i);

      g_variant_builder_add_value (&builder, ho_core_describe_gpu (self, gpu));
    }
  return g_variant_builder_end (&builder);
}

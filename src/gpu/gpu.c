/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "gpu.h"

#include <glib/gi18n.h>

/**
 * HoGpu:
 *
 * A graphics card that is passed through to a guest: all functions of its slot. Views read it and
 * follow `notify`; only this room changes it. The properties are `owner`, `guest` (who has it),
 * `functions` (also when only a device node came or went) and `holders` (as they were when somebody
 * last looked).
 */
struct _HoGpu
{
  GObject parent;

  char *slot;
  HoPciFunction *display; /* one of @functions */
  GPtrArray *functions;   /* of HoPciFunction */
  GPtrArray *strangers;   /* of HoPciFunction: what else is in its IOMMU groups */
  char *name;
  gboolean ambiguous; /* another card has the same name */
  HoGpuOwner owner;
  HoGuest *guest;
  HoHolders *holders;
};

G_DEFINE_FINAL_TYPE (HoGpu, ho_gpu, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_OWNER,
  PROP_GUEST,
  PROP_FUNCTIONS,
  PROP_HOLDERS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
ho_gpu_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  HoGpu *self = HO_GPU (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_OWNER:
      g_value_set_int (value, self->owner);
      break;
    case PROP_GUEST:
      g_value_set_object (value, self->guest);
      break;
    case PROP_FUNCTIONS:
      g_value_set_boxed (value, self->functions);
      break;
    case PROP_HOLDERS:
      g_value_set_boxed (value, self->holders);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_gpu_finalize (GObject *object)
{
  HoGpu *self = HO_GPU (object);

  g_free (self->slot);
  g_free (self->name);
  g_ptr_array_unref (self->functions);
  g_ptr_array_unref (self->strangers);
  g_clear_object (&self->guest);
  g_clear_pointer (&self->holders, ho_holders_unref);

  G_OBJECT_CLASS (ho_gpu_parent_class)->finalize (object);
}

static void
ho_gpu_class_init (HoGpuClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ho_gpu_get_property;
  object_class->finalize = ho_gpu_finalize;

  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_OWNER] = g_param_spec_int ("owner", NULL, NULL, 0, HO_GPU_NONE, HO_GPU_NONE, flags);
  props[PROP_GUEST] = g_param_spec_object ("guest", NULL, NULL, HO_TYPE_GUEST, flags);
  props[PROP_FUNCTIONS] = g_param_spec_boxed ("functions", NULL, NULL, G_TYPE_PTR_ARRAY, flags);
  props[PROP_HOLDERS] = g_param_spec_boxed ("holders", NULL, NULL, HO_TYPE_HOLDERS, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static GPtrArray *
new_functions (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) ho_pci_function_unref);
}

static void
ho_gpu_init (HoGpu *self)
{
  self->owner = HO_GPU_NONE;
  self->functions = new_functions ();
  self->strangers = new_functions ();
}

/**
 * ho_gpu_new:
 * @slot: where the card is, `0000:01:00`
 *
 * Returns: (transfer full): a card of which nothing is known until ho_gpu_apply()
 */
HoGpu *
ho_gpu_new (const char *slot)
{
  HoGpu *self = g_object_new (HO_TYPE_GPU, NULL);

  self->slot = g_strdup (slot);
  return self;
}

const char *
ho_gpu_get_slot (HoGpu *self)
{
  return self->slot;
}

/**
 * ho_gpu_get_address:
 * @self: a card
 *
 * Returns: the address of its first display function
 */
const char *
ho_gpu_get_address (HoGpu *self)
{
  return self->display->address;
}

/**
 * ho_gpu_get_name:
 * @self: a card
 *
 * Returns: what a user calls it, with its slot where two cards would be called the same
 */
const char *
ho_gpu_get_name (HoGpu *self)
{
  return self->name;
}

/**
 * ho_gpu_get_driver:
 * @self: a card
 *
 * Returns: (nullable): the driver of its display function
 */
const char *
ho_gpu_get_driver (HoGpu *self)
{
  return self->display->driver;
}

/**
 * ho_gpu_get_functions:
 * @self: a card
 *
 * Returns: (transfer none) (element-type HoPciFunction): all functions of its slot
 */
GPtrArray *
ho_gpu_get_functions (HoGpu *self)
{
  return self->functions;
}

/**
 * ho_gpu_get_strangers:
 * @self: a card
 *
 * Returns: (transfer none) (element-type HoPciFunction): functions of other devices that share an
 *   IOMMU group with the card, bridges aside: they have to move with it
 */
GPtrArray *
ho_gpu_get_strangers (HoGpu *self)
{
  return self->strangers;
}

HoGpuOwner
ho_gpu_get_owner (HoGpu *self)
{
  return self->owner;
}

/**
 * ho_gpu_get_guest:
 * @self: a card
 *
 * Returns: (transfer none) (nullable): the guest that has it
 */
HoGuest *
ho_gpu_get_guest (HoGpu *self)
{
  return self->guest;
}

/**
 * ho_gpu_get_holders:
 * @self: a card
 *
 * Returns: (transfer none) (nullable): who used it when somebody last looked
 */
HoHolders *
ho_gpu_get_holders (HoGpu *self)
{
  return self->holders;
}

/**
 * ho_gpu_find_on_host:
 * @self: a card
 *
 * Returns: (transfer none) (nullable): the first of its functions that a driver of the host has
 */
HoPciFunction *
ho_gpu_find_on_host (HoGpu *self)
{
  for (guint i = 0; i < self->functions->len; i++)
    {
      HoPciFunction *function = self->functions->pdata[i];

      if (function->driver != NULL && !ho_pci_function_is_set_aside (function))
        return function;
    }
  return NULL;
}

/**
 * ho_gpu_find_held:
 * @self: a card
 *
 * Returns: (transfer none) (nullable): as ho_gpu_find_on_host(), or the first that such a driver
 * may still be letting go of
 */
HoPciFunction *
ho_gpu_find_held (HoGpu *self)
{
  for (guint i = 0; i < self->functions->len; i++)
    {
      HoPciFunction *function = self->functions->pdata[i];

      if (function->leaving != NULL)
        return function;
    }
  return ho_gpu_find_on_host (self);
}

/**
 * ho_gpu_is_passed_to:
 * @self: a card
 * @guest: a guest
 *
 * Returns: whether the XML of @guest has one of the card's functions
 */
gboolean
ho_gpu_is_passed_to (HoGpu *self, HoGuest *guest)
{
  const GPtrArray *hostdevs = ho_guest_get_facts (guest)->pci_hostdevs;

  for (guint i = 0; i < hostdevs->len; i++)
    {
      const HoPciHostdev *hostdev = hostdevs->pdata[i];
      g_autofree char *slot = ho_pci_address_dup_slot (hostdev->address);

      if (g_str_equal (slot, self->slot))
        return TRUE;
    }
  return FALSE;
}

/**
 * ho_gpu_owner_to_string:
 * @owner: an owner
 *
 * Returns: its name in JSON and on D-Bus; not for people
 */
const char *
ho_gpu_owner_to_string (HoGpuOwner owner)
{
  static const char *const names[] = { "host", "guest", "reserved", "none" };

  g_return_val_if_fail ((guint) owner < G_N_ELEMENTS (names), NULL);
  return names[owner];
}

/**
 * ho_gpu_function_dup_title:
 * @function: a function of a card
 *
 * Returns: (transfer full): what a user calls it
 */
char *
ho_gpu_function_dup_title (const HoPciFunction *function)
{
  switch (function->kind)
    {
    case HO_PCI_DISPLAY:
      return g_strdup (_ ("Graphics"));
    case HO_PCI_AUDIO:
      return g_strdup (_ ("HDMI audio"));
    case HO_PCI_USB:
      return g_strdup (_ ("USB controller"));
    case HO_PCI_SERIAL:
      return g_strdup (_ ("USB-C controller"));
    case HO_PCI_BRIDGE:
      return g_strdup (_ ("Bridge"));
    case HO_PCI_OTHER:
    default:
      return g_strdup (function->name != NULL ? function->name : function->address);
    }
}

static HoPciFunction *
find_display (GPtrArray *functions)
{
  for (guint i = 0; i < functions->len; i++)
    {
      HoPciFunction *function = functions->pdata[i];

      if (function->kind == HO_PCI_DISPLAY)
        return function;
    }
  return NULL;
}

static gboolean
functions_equal (const GPtrArray *a, const GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      if (!ho_pci_function_equal (a->pdata[i], b->pdata[i]))
        return FALSE;
    }
  return TRUE;
}

static GPtrArray *
find_strangers (const HoPciScan *scan, GPtrArray *functions)
{
  GPtrArray *strangers = new_functions ();
  int last = -1;

  for (guint i = 0; i < functions->len; i++)
    {
      const HoPciFunction *function = functions->pdata[i];
      g_autoptr (GPtrArray) group = NULL;

      if (function->group < 0 || function->group == last)
        continue;
      last = function->group;
      group = ho_pci_scan_list_group (scan, last);
      for (guint j = 0; j < group->len; j++)
        {
          HoPciFunction *other = group->pdata[j];

          if (other->kind != HO_PCI_BRIDGE && !g_ptr_array_find (functions, other, NULL)
              && !g_ptr_array_find (strangers, other, NULL))
            g_ptr_array_add (strangers, ho_pci_function_ref (other));
        }
    }
  return strangers;
}

static char *
make_name (HoGpu *self)
{
  const HoPciFunction *display = self->display;
  g_autofree char *name
      = display->name != NULL
            ? g_strdup (display->name)
            : g_strdup_printf (_ ("Graphics card %04x:%04x"), display->vendor, display->device);

  return self->ambiguous ? g_strdup_printf ("%s (%s)", name, self->slot) : g_steal_pointer (&name);
}

static void
update_name (HoGpu *self)
{
  g_autofree char *name = make_name (self);

  if (g_strcmp0 (name, self->name) == 0)
    return;
  g_free (self->name);
  self->name = g_steal_pointer (&name);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NAME]);
}

static HoGpuOwner
find_owner (HoGpu *self, HoGuest *guest)
{
  if (self->display->driver == NULL)
    return HO_GPU_NONE;
  if (!ho_pci_function_is_set_aside (self->display))
    return HO_GPU_HOST;
  return guest != NULL ? HO_GPU_GUEST : HO_GPU_RESERVED;
}

/**
 * ho_gpu_apply:
 * @self: a card
 * @scan: a newer look at the PCI bus
 * @guest: (nullable): the guest with the card in its XML that runs
 *
 * Returns: whether the slot still holds a graphics card; if it does not, @self is as it was
 */
gboolean
ho_gpu_apply (HoGpu *self, const HoPciScan *scan, HoGuest *guest)
{
  g_autoptr (GPtrArray) functions = ho_pci_scan_list_slot (scan, self->slot);
  HoPciFunction *display = find_display (functions);
  g_autoptr (GPtrArray) strangers = NULL;
  HoGpuOwner owner;
  HoGuest *user;

  if (display == NULL)
    return FALSE;
  strangers = find_strangers (scan, functions);
  g_object_freeze_notify (G_OBJECT (self));
  if (!functions_equal (functions, self->functions)
      || !functions_equal (strangers, self->strangers))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FUNCTIONS]);
  g_ptr_array_unref (self->functions);
  self->functions = g_steal_pointer (&functions);
  g_ptr_array_unref (self->strangers);
  self->strangers = g_steal_pointer (&strangers);
  self->display = display;
  update_name (self);

  owner = find_owner (self, guest);
  user = owner == HO_GPU_GUEST ? guest : NULL;
  if (g_set_object (&self->guest, user))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_GUEST]);
  if (owner != self->owner)
    {
      self->owner = owner;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_OWNER]);
    }
  if (ho_gpu_find_held (self) == NULL)
    ho_gpu_set_holders (self, NULL);
  g_object_thaw_notify (G_OBJECT (self));
  return TRUE;
}

/**
 * ho_gpu_set_ambiguous:
 * @self: a card
 * @ambiguous: whether another card has the same name
 */
void
ho_gpu_set_ambiguous (HoGpu *self, gboolean ambiguous)
{
  self->ambiguous = ambiguous;
  update_name (self);
}

/**
 * ho_gpu_set_holders:
 * @self: a card
 * @holders: (nullable): who uses it now
 */
void
ho_gpu_set_holders (HoGpu *self, HoHolders *holders)
{
  gboolean same = ho_holders_equal (self->holders, holders);

  if (holders != NULL)
    ho_holders_ref (holders);
  g_clear_pointer (&self->holders, ho_holders_unref);
  self->holders = holders;
  if (!same)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_HOLDERS]);
}

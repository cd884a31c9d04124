/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "gpu-text.h"

#include <glib/gi18n.h>

/* What is said of cards. */

/**
 * ho_gpu_text_describe:
 * @gpu: a card
 *
 * Returns: (transfer full): who has it, in a line
 */
char *
ho_gpu_text_describe (HoGpu *gpu)
{
  const char *name = ho_gpu_get_name (gpu);

  switch (ho_gpu_get_owner (gpu))
    {
    case HO_GPU_GUEST:
      return g_strdup_printf (_ ("%s is with %s"), name,
                              ho_guest_get_name (ho_gpu_get_guest (gpu)));
    case HO_GPU_HOST:
      return g_strdup_printf (_ ("%s is with the host (%s)"), name, ho_gpu_get_driver (gpu));
    case HO_GPU_RESERVED:
      return g_strdup_printf (_ ("%s is set aside for guests (%s)"), name, ho_gpu_get_driver (gpu));
    case HO_GPU_NONE:
    default:
      return g_strdup_printf (_ ("%s has no driver"), name);
    }
}

/**
 * ho_gpu_text_describe_function:
 * @function: a function of a card, or of another device
 *
 * Returns: (transfer full): what it is, where it is and what has it, in a line
 */
char *
ho_gpu_text_describe_function (const HoPciFunction *function)
{
  g_autofree char *title = ho_gpu_function_dup_title (function);

  return g_strdup_printf ("%s (%s): %s", title, function->address,
                          function->driver != NULL ? function->driver : _ ("no driver"));
}

/* libvirt's name of a PCI device: pci_0000_01_00_1 */
static char *
make_node_device (const char *address)
{
  g_autofree char *name = g_strconcat ("pci_", address, NULL);

  return g_strdup (g_strdelimit (name, ":.", '_'));
}

static const HoPciFunction *
find_set_aside (HoGpu *gpu)
{
  const GPtrArray *functions = ho_gpu_get_functions (gpu);

  for (guint i = 0; i < functions->len; i++)
    {
      if (ho_pci_function_is_set_aside (functions->pdata[i]))
        return functions->pdata[i];
    }
  return NULL;
}

/**
 * ho_gpu_text_title_incomplete:
 * @gpu: a card
 * @straggler: the function that is not where it should be
 *
 * Returns: (transfer full): that it did not change hands as a whole
 */
char *
ho_gpu_text_title_incomplete (HoGpu *gpu, const HoPciFunction *straggler)
{
  if (ho_gpu_get_owner (gpu) == HO_GPU_NONE)
    return g_strdup_printf (_ ("No driver took %s"), ho_gpu_get_name (gpu));
  if (ho_gpu_get_owner (gpu) == HO_GPU_HOST || ho_pci_function_is_set_aside (straggler))
    return g_strdup_printf (_ ("%s is not back completely"), ho_gpu_get_name (gpu));
  return g_strdup_printf (_ ("%s did not go over completely"), ho_gpu_get_name (gpu));
}

/**
 * ho_gpu_text_explain_incomplete:
 * @gpu: a card
 * @straggler: the function that is not where it should be
 *
 * Returns: (transfer full): what is missing, and what to do
 */
char *
ho_gpu_text_explain_incomplete (HoGpu *gpu, const HoPciFunction *straggler)
{
  g_autofree char *title = ho_gpu_function_dup_title (straggler);
  g_autofree char *device = make_node_device (straggler->address);
  const HoPciFunction *aside;

  if (straggler->driver == NULL)
    return g_strdup_printf (_ ("%s (%s) has no driver. Load it, for example with “echo %s | sudo "
                               "tee /sys/bus/pci/drivers_probe”."),
                            title, straggler->address, straggler->address);
  if (ho_pci_function_is_set_aside (straggler))
    return g_strdup_printf (_ ("%s is still on %s. Give it back with “sudo virsh nodedev-reattach "
                               "%s”."),
                            title, straggler->driver, device);
  if (ho_gpu_get_owner (gpu) == HO_GPU_HOST)
    return g_strdup_printf (_ ("%s has its driver %s again, but not its device nodes. “sudo "
                               "journalctl -k” may say why."),
                            title, straggler->driver);
  aside = find_set_aside (gpu);
  if (ho_gpu_get_owner (gpu) == HO_GPU_RESERVED && aside != NULL)
    {
      g_autofree char *other = make_node_device (aside->address);

      return g_strdup_printf (_ ("%s is still on %s. Give the rest of the card back to the host with "
                                 "“sudo virsh nodedev-reattach %s”, or take this off as well with "
                                 "“sudo virsh nodedev-detach %s”."),
                              title, straggler->driver, other, device);
    }
  return g_strdup_printf (_ ("%s is still on %s. Pass it through together with the rest of the "
                             "card, or take it off with “sudo virsh nodedev-detach %s”."),
                          title, straggler->driver, device);
}

/**
 * ho_gpu_text_explain_stall:
 * @gpu: a card
 * @straggler: the function that its driver does not let go
 *
 * Returns: (transfer full): what holds a start up, and what to do
 */
char *
ho_gpu_text_explain_stall (HoGpu *gpu, const HoPciFunction *straggler)
{
  const HoHolders *holders = ho_gpu_get_holders (gpu);
  const char *driver = straggler->driver != NULL ? straggler->driver : straggler->leaving;
  g_autofree char *title = ho_gpu_function_dup_title (straggler);
  g_autofree char *names = NULL;

  if (holders == NULL || holders->list->len == 0)
    return g_strdup_printf (_ ("%s of %s is still on %s. Something may use it; the start goes on "
                               "as soon as it does not."),
                            title, ho_gpu_get_name (gpu), driver);
  names = ho_holders_dup_names (holders);
  return g_strdup_printf (_ ("%s of %s is still on %s, and in use by %s. Close that; the start "
                             "goes on then."),
                          title, ho_gpu_get_name (gpu), driver, names);
}

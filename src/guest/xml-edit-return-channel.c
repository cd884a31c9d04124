/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "xml-edits.h"

#include "domain-facts.h"
#include "error.h"
#include "xml-tree.h"

#include <glib/gi18n.h>

/* https://libvirt.org/formatdomain.html#channel */

static gboolean
has_channel (xmlNode *devices)
{
  for (xmlNode *channel = ho_xml_find_child (devices, "channel"); channel != NULL;
       channel = ho_xml_find_next (channel, "channel"))
    {
      if (ho_xml_attribute_is (ho_xml_find_child (channel, "target"), "name", HO_RETURN_PORT))
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_controller (xmlNode *devices)
{
  for (xmlNode *controller = ho_xml_find_child (devices, "controller"); controller != NULL;
       controller = ho_xml_find_next (controller, "controller"))
    {
      if (ho_xml_attribute_is (controller, "type", "virtio-serial"))
        return TRUE;
    }
  return FALSE;
}

/**
 * ho_xml_edit_return_channel:
 * @doc: the description of a guest
 * @data: unused
 * @error: return location for a #GError
 *
 * Adds the virtio-serial port %HO_RETURN_PORT, on which a guest asks for its devices to go home,
 * and a controller for it where there is none. A #HoXmlEdit.
 */
gboolean
ho_xml_edit_return_channel (xmlDoc *doc, gpointer data, GError **error)
{
  xmlNode *devices = ho_xml_find_child (xmlDocGetRootElement (doc), "devices");
  xmlNode *channel;

  if (devices == NULL)
    {
      g_set_error_literal (error, HO_ERROR, HO_ERROR_FAILED,
                           _ ("The description of this guest has no devices."));
      return FALSE;
    }
  if (has_channel (devices))
    return TRUE;
  if (!has_controller (devices))
    ho_xml_add_child (devices, "controller", "type", "virtio-serial", "index", "0", NULL);
  channel = ho_xml_add_child (devices, "channel", "type", "unix", NULL);
  ho_xml_add_child (channel, "target", "type", "virtio", "name", HO_RETURN_PORT, NULL);
  return TRUE;
}

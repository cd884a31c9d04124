/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <glib/gi18n.h>

#define SOURCE "https://libvirt.org/formatdomain.html#network-interfaces"
#define INTERFACES "/domain/devices/interface[not(@type='hostdev')]"

static void
run_model (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GPtrArray) emulated
      = ho_xml_all (context->definition, INTERFACES "[not(starts-with(model/@type, 'virtio'))]");
  g_autoptr (GString) names = g_string_new (NULL);

  if (!ho_xml_has (context->definition, INTERFACES))
    return;
  for (guint i = 0; i < emulated->len; i++)
    {
      g_autofree char *model
          = ho_xml_get_attribute (ho_xml_find_child (emulated->pdata[i], "model"), "type");

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "",
                              model != NULL ? model : _ ("QEMU's usual model"));
    }
  if (emulated->len == 0)
    {
      ho_finding_say (finding, HO_VERDICT_OK, "virtio");
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ADVICE, "%s", names->str);
  ho_finding_advise (finding, _ ("Install the virtio driver in the guest, then set <model "
                                 "type='virtio'/> in the <interface>."));
}

const HoCheck ho_check_network_model = {
  .id = "network-model",
  .family = HO_FAMILY_NETWORK,
  .title = N_ ("Is the network card virtio?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("Emulated network cards stop the guest for every packet."),
  .source = SOURCE,
  .run = run_model,
};

static void
run_macvtap (const HoDoctorContext *context, HoFinding *finding)
{
  guint direct = ho_xml_count (context->definition, INTERFACES "[@type='direct']");
  guint others = ho_xml_count (context->definition, INTERFACES "[not(@type='direct')]");

  if (direct + others == 0)
    return;
  if (direct == 0)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("no macvtap"));
  else if (others > 0)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("macvtap, and another network card beside it"));
  else
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("macvtap (<interface type='direct'>) is the guest's only network"));
      ho_finding_offer (finding,
                        _ ("Add a second network card on libvirt's network “default”; start "
                           "that with: virsh net-start default"));
    }
}

static gboolean
fix_macvtap (xmlDoc *doc, gpointer data, GError **error)
{
  xmlNode *devices = ho_xml_first (doc, "/domain/devices");
  xmlNode *interface;

  if (devices == NULL || ho_xml_has (doc, INTERFACES "[not(@type='direct')]"))
    return TRUE;
  interface = ho_xml_add_child (devices, "interface", "type", "network", NULL);
  ho_xml_add_child (interface, "source", "network", "default", NULL);
  ho_xml_add_child (interface, "model", "type", "virtio", NULL);
  return TRUE;
}

const HoCheck ho_check_network_macvtap = {
  .id = "network-macvtap",
  .family = HO_FAMILY_NETWORK,
  .title = N_ ("Can host and guest reach each other?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING,
  .why
  = N_ ("Behind macvtap a guest reaches everybody but its own host: file sharing, and a command "
        "over ssh that brings keyboard and mouse back, do not work."),
  .source = "https://wiki.libvirt.org/TroubleshootMacvtapHostFail.html",
  .run = run_macvtap,
  .fix = fix_macvtap,
  .touches = INTERFACES "[@type='network']",
};

static void
run_addresses (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *list = NULL;

  if (context->live == NULL || !ho_xml_has (context->definition, INTERFACES))
    return;
  if (context->virt == NULL || context->virt->addresses[0] == NULL)
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                      _ ("neither leases nor the host's neighbours nor the guest agent tell any"));
      return;
    }
  list = g_strjoinv (", ", context->virt->addresses);
  ho_finding_say (finding, HO_VERDICT_OK, "%s", list);
}

const HoCheck ho_check_network_addresses = {
  .id = "network-addresses",
  .family = HO_FAMILY_NETWORK,
  .title = N_ ("What are the guest's addresses?"),
  .verdicts = HO_CAN_OK | HO_CAN_UNKNOWN,
  .why = N_ ("By them the guest is reached for file sharing or ssh."),
  .source = "https://libvirt.org/manpages/virsh.html#domifaddr",
  .run = run_addresses,
};

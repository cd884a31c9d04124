/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "libvirt-calls.h"

#include <libxml/parser.h>

#include "libvirt-error.h"
#include "xml-tree.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomain, virDomainFree)

static void
add_addresses (GPtrArray *addresses, virDomainPtr domain, unsigned int source)
{
  virDomainInterfacePtr *interfaces = NULL;
  int n = virDomainInterfaceAddresses (domain, &interfaces, source, 0);

  for (int i = 0; i < n; i++)
    {
      for (guint j = 0; j < interfaces[i]->naddrs; j++)
        {
          const char *address = interfaces[i]->addrs[j].addr;

          if (!g_str_has_prefix (address, "127.") && !g_str_equal (address, "::1"))
            g_ptr_array_add (addresses, g_strdup (address));
        }
      virDomainInterfaceFree (interfaces[i]);
    }
  free (interfaces);
}

/* The agent is asked last: one that hangs is waited for, and the host's own tables know most. */
static void
find_addresses (GPtrArray *addresses, virDomainPtr domain)
{
  static const unsigned int sources[] = {
    VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
    VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP,
    VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT,
  };

  if (virDomainIsActive (domain) != 1)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (sources) && addresses->len == 0; i++)
    add_addresses (addresses, domain, sources[i]);
}

/* What confines guests, as https://libvirt.org/formatcaps.html#secmodel has it; NULL if the driver
 * does not say. */
static GStrv
get_security (virConnectPtr conn)
{
  char *xml = virConnectGetCapabilities (conn);
  xmlDoc *doc = xml != NULL
                    ? xmlReadMemory (xml, (int) strlen (xml), "capabilities.xml", NULL,
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
                    : NULL;
  xmlNode *host = doc != NULL ? ho_xml_find_child (xmlDocGetRootElement (doc), "host") : NULL;
  GStrvBuilder *models = g_strv_builder_new ();
  GStrv result;

  for (xmlNode *secmodel = ho_xml_find_child (host, "secmodel"); secmodel != NULL;
       secmodel = ho_xml_find_next (secmodel, "secmodel"))
    {
      g_autofree char *model = ho_xml_get_text (ho_xml_find_child (secmodel, "model"));

      if (model != NULL)
        g_strv_builder_add (models, model);
    }
  result = host != NULL ? g_strv_builder_end (models) : NULL;
  g_strv_builder_unref (models);
  g_clear_pointer (&doc, xmlFreeDoc);
  free (xml);
  return result;
}

/* Returns a #HoVirtHost, with the addresses of the guest in @args if it names one. */
void
ho_libvirt_call_get_host (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) security = NULL;
  unsigned long libvirt_version = 0, hypervisor_version = 0;
  const char *type = virConnectGetType (conn);

  if (type == NULL)
    {
      g_task_return_error (task, ho_libvirt_error_to_error (virGetLastError ()));
      return;
    }
  /* Either may be unknown to a driver; that is a fact as well. */
  if (virConnectGetLibVersion (conn, &libvirt_version) < 0)
    libvirt_version = 0;
  if (virConnectGetVersion (conn, &hypervisor_version) < 0)
    hypervisor_version = 0;
  security = get_security (conn);
  if (args->uuid != NULL)
    {
      g_autoptr (virDomain) domain = virDomainLookupByUUIDString (conn, args->uuid);

      if (domain != NULL)
        find_addresses (addresses, domain);
    }
  g_ptr_array_add (addresses, NULL);
  g_task_return_pointer (task,
                         ho_virt_host_new (type, libvirt_version, hypervisor_version,
                                           (const char *const *) security,
                                           (const char *const *) addresses->pdata),
                         (GDestroyNotify) ho_virt_host_unref);
}

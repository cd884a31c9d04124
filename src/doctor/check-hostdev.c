/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>

#include <glib/gi18n.h>

/* The guest's side of what is passed through: <hostdev>,
 * https://libvirt.org/formatdomain.html#host-device-assignment. */

#define SOURCE "https://libvirt.org/formatdomain.html#host-device-assignment"
#define PCI_HOSTDEVS "/domain/devices/hostdev[@mode='subsystem' and @type='pci']"
#define USB_HOSTDEVS "/domain/devices/hostdev[@mode='subsystem' and @type='usb']"

static void
run_managed (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GString) unmanaged = g_string_new (NULL);

  if (!ho_doctor_context_has_card (context))
    return;
  for (guint i = 0; i < context->facts->pci_hostdevs->len; i++)
    {
      const HoPciHostdev *hostdev = context->facts->pci_hostdevs->pdata[i];

      if (!hostdev->managed)
        g_string_append_printf (unmanaged, "%s%s", unmanaged->len > 0 ? ", " : "",
                                hostdev->address);
    }
  if (unmanaged->len == 0)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("managed='yes' for each"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_WARNING, _ ("not managed='yes': %s"), unmanaged->str);
  ho_finding_offer (finding, _ ("Set managed='yes' on the <hostdev> in the guest's XML."));
}

static gboolean
fix_managed (xmlDoc *doc, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) nodes = ho_xml_all (doc, PCI_HOSTDEVS);

  for (guint i = 0; i < nodes->len; i++)
    ho_xml_set_attribute (nodes->pdata[i], "managed", "yes");
  return TRUE;
}

const HoCheck ho_check_hostdev_managed = {
  .id = "hostdev-managed",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Does libvirt move the devices to the guest and back?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING,
  .why = N_ ("Otherwise a device must be bound to vfio-pci by hand before each start, and does not "
             "come back to the host's driver afterwards."),
  .source = SOURCE,
  .run = run_managed,
  .fix = fix_managed,
  .touches = PCI_HOSTDEVS "/@managed",
};

static void
run_present (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GString) absent = g_string_new (NULL);

  if (!ho_doctor_context_has_card (context))
    return;
  if (!context->local || context->host->pci->len == 0)
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the host's PCI devices cannot be seen"));
      return;
    }
  for (guint i = 0; i < context->facts->pci_hostdevs->len; i++)
    {
      const HoPciHostdev *hostdev = context->facts->pci_hostdevs->pdata[i];

      if (ho_host_find_pci (context->host, hostdev->address) == NULL)
        g_string_append_printf (absent, "%s%s", absent->len > 0 ? ", " : "", hostdev->address);
    }
  if (absent->len == 0)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("all %u are there"),
                      context->facts->pci_hostdevs->len);
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ERROR, _ ("there is no %s"), absent->str);
  ho_finding_advise (finding, "lspci -Dnn | grep -e VGA -e 3D -e Audio   # %s",
                     _ ("then correct the address of the <hostdev>; addresses change when cards "
                        "are added or removed"));
}

const HoCheck ho_check_hostdev_present = {
  .id = "hostdev-present",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Are the devices that the guest shall get there?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("The guest does not start without them."),
  .source = SOURCE,
  .run = run_present,
};

static gboolean
passes (HoDomainFacts *facts, const char *address)
{
  for (guint i = 0; i < facts->pci_hostdevs->len; i++)
    {
      if (g_str_equal (((const HoPciHostdev *) facts->pci_hostdevs->pdata[i])->address, address))
        return TRUE;
    }
  return FALSE;
}

/* Functions of a passed card's slot that are left behind. Virtual functions (SR-IOV) share a slot
 * and nothing else. */
static GPtrArray *
find_missing_functions (const HoHost *host, HoDomainFacts *facts)
{
  GPtrArray *missing = g_ptr_array_new ();

  for (guint i = 0; i < host->pci->len; i++)
    {
      const HoHostPci *card = host->pci->pdata[i];
      gsize slot = strlen (card->address) - 1;

      if (!ho_host_pci_is_display (card) || !passes (facts, card->address)
          || ho_host_exists (host, "/sys/bus/pci/devices/%s/physfn", card->address))
        continue;
      for (guint j = 0; j < host->pci->len; j++)
        {
          HoHostPci *other = host->pci->pdata[j];

          if (strncmp (card->address, other->address, slot) == 0 && !passes (facts, other->address)
              && !g_ptr_array_find (missing, other, NULL))
            g_ptr_array_add (missing, other);
        }
    }
  return missing;
}

static gboolean
passes_seen_card (const HoDoctorContext *context)
{
  for (guint i = 0; i < context->host->pci->len; i++)
    {
      const HoHostPci *pci = context->host->pci->pdata[i];

      if (ho_host_pci_is_display (pci) && ho_doctor_context_passes (context, pci->address))
        return TRUE;
    }
  return FALSE;
}

static void
run_functions (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GPtrArray) missing = NULL;
  g_autoptr (GString) names = g_string_new (NULL);

  if (!ho_doctor_context_has_card (context) || !passes_seen_card (context))
    return;
  missing = find_missing_functions (context->host, context->facts);
  for (guint i = 0; i < missing->len; i++)
    {
      g_autofree char *name = ho_host_pci_to_string (missing->pdata[i]);

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  if (missing->len == 0)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("all functions of the card are passed"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_WARNING, _ ("left with the host: %s"), names->str);
  ho_finding_offer (finding, _ ("Add a <hostdev> for each of them to the guest's XML."));
}

static gboolean
fix_functions (xmlDoc *doc, gpointer data, GError **error)
{
  const HoDoctorContext *context = data;
  g_autofree char *text = ho_xml_print (doc);
  g_autoptr (HoDomainFacts) facts = ho_domain_facts_new_from_xml (text, error);
  g_autoptr (GPtrArray) missing = NULL;
  xmlNode *devices = ho_xml_first (doc, "/domain/devices");

  if (facts == NULL)
    return FALSE;
  missing = find_missing_functions (context->host, facts);
  for (guint i = 0; devices != NULL && i < missing->len; i++)
    {
      const HoHostPci *pci = missing->pdata[i];
      xmlNode *hostdev = ho_xml_add_child (devices, "hostdev", "mode", "subsystem", "type", "pci",
                                           "managed", "yes", NULL);
      xmlNode *source = ho_xml_add_child (hostdev, "source", NULL);
      g_auto (GStrv) parts = g_strsplit_set (pci->address, ":.", 4);
      g_autofree char *domain = g_strconcat ("0x", parts[0], NULL);
      g_autofree char *bus = g_strconcat ("0x", parts[1], NULL);
      g_autofree char *slot = g_strconcat ("0x", parts[2], NULL);
      g_autofree char *function = g_strconcat ("0x", parts[3], NULL);

      ho_xml_add_child (source, "address", "domain", domain, "bus", bus, "slot", slot, "function",
                        function, NULL);
    }
  return TRUE;
}

const HoCheck ho_check_hostdev_functions = {
  .id = "hostdev-functions",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Does the guest get all functions of the card?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING,
  .why
  = N_ ("A graphics card carries its HDMI sound, and some a USB port, as functions of the same "
        "slot. They mostly share an IOMMU group and are reset together."),
  .source = SOURCE,
  .run = run_functions,
  .fix = fix_functions,
  .touches = PCI_HOSTDEVS,
};

static void
run_rom (const HoDoctorContext *context, HoFinding *finding)
{
  gboolean any = FALSE;
  g_autoptr (GPtrArray) nodes = ho_xml_all (context->definition, PCI_HOSTDEVS);

  for (guint i = 0; i < nodes->len && context->facts->pci_hostdevs->len == nodes->len; i++)
    {
      const HoPciHostdev *hostdev = context->facts->pci_hostdevs->pdata[i];
      const HoHostPci *pci = ho_host_find_pci (context->host, hostdev->address);
      xmlNode *rom = ho_xml_find_child (nodes->pdata[i], "rom");
      g_autofree char *file = ho_xml_get_attribute (rom, "file");

      if (pci == NULL || !ho_host_pci_is_display (pci))
        continue;
      any = TRUE;
      if (pci->boot_vga && file == NULL)
        {
          ho_finding_say (finding, HO_VERDICT_WARNING,
                          _ ("the host started on %s, and no <rom file=…> is given"), pci->address);
          ho_finding_advise (finding, "https://docs.kernel.org/PCI/sysfs-pci.html   # %s",
                             _ ("read the card's ROM while it is not the first card, and name the "
                                "file in <rom file=…>"));
          return;
        }
      if (ho_xml_attribute_is (rom, "bar", "off"))
        {
          ho_finding_say (finding, HO_VERDICT_ADVICE, "%s: <rom bar='off'/>", pci->address);
          ho_finding_advise (finding, _ ("Remove bar='off' unless the guest's firmware hangs with "
                                         "the card's ROM."));
          return;
        }
    }
  if (any)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("the guest can read the card's own ROM"));
}

const HoCheck ho_check_hostdev_rom = {
  .id = "hostdev-rom",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Can the guest's firmware read the card's ROM?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why
  = N_ ("Without it the card shows nothing before the guest's driver is loaded. The ROM of the "
        "card that the host started on is a used copy that does not work twice."),
  .source = SOURCE,
  .run = run_rom,
};

static void
run_msi (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *text = NULL;
  g_autoptr (GString) lines = g_string_new (NULL);
  gboolean msi = FALSE;

  if (!ho_doctor_context_has_card (context) || context->live == NULL || !context->local)
    return;
  text = ho_host_read (context->host, "/proc/interrupts");
  if (text == NULL)
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("/proc/interrupts cannot be read"));
      return;
    }
  for (guint i = 0; i < context->facts->pci_hostdevs->len; i++)
    {
      const HoPciHostdev *hostdev = context->facts->pci_hostdevs->pdata[i];
      g_autofree char *intx = g_strdup_printf ("vfio-intx(%s)", hostdev->address);
      g_autofree char *one = g_strdup_printf ("](%s)", hostdev->address);

      if (strstr (text, intx) != NULL)
        g_string_append_printf (lines, "%s%s", lines->len > 0 ? ", " : "", hostdev->address);
      else if (strstr (text, one) != NULL)
        msi = TRUE;
    }
  if (lines->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("line interrupts (vfio-intx) for %s"),
                      lines->str);
      ho_finding_advise (finding,
                         _ ("In Windows, set MSISupported to 1 under the device's key in "
                            "HKLM\\SYSTEM\\CurrentControlSet\\Enum\\PCI, “Device Parameters”, "
                            "“Interrupt Management”, “MessageSignaledInterruptProperties”."));
    }
  else if (msi)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("message-signalled (vfio-msi in /proc/interrupts)"));
  else
    ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                    _ ("no driver in the guest has asked for interrupts yet"));
}

const HoCheck ho_check_card_msi = {
  .id = "card-msi",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Does the guest use message-signalled interrupts?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why = N_ ("Line interrupts are shared and slow: sound crackles and frames come late."),
  .source = "https://docs.kernel.org/PCI/msi-howto.html",
  .run = run_msi,
};

/* USB. */

static guint
count_usb (const HoHost *host, const char *vendor, const char *product)
{
  g_auto (GStrv) devices = ho_host_list (host, "/sys/bus/usb/devices");
  guint n = 0;

  for (char **device = devices; device != NULL && *device != NULL; device++)
    {
      g_autofree char *its_vendor
          = ho_host_read (host, "/sys/bus/usb/devices/%s/idVendor", *device);
      g_autofree char *its_product
          = ho_host_read (host, "/sys/bus/usb/devices/%s/idProduct", *device);

      n += its_vendor != NULL && its_product != NULL && g_str_equal (its_vendor, vendor)
           && g_str_equal (its_product, product);
    }
  return n;
}

/* `0x046d` and `046D` are `046d` in sysfs; NULL if the XML has none or nonsense. */
static char *
get_usb_id (xmlNode *source, const char *name)
{
  g_autofree char *text = ho_xml_get_attribute (ho_xml_find_child (source, name), "id");
  guint64 number;

  return ho_xml_number (text, &number) && number <= 0xffff
             ? g_strdup_printf ("%04x", (guint) number)
             : NULL;
}

static gboolean
is_optional (xmlNode *source)
{
  return ho_xml_attribute_is (source, "startupPolicy", "optional");
}

static void
run_usb (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GPtrArray) nodes = ho_xml_all (context->definition, USB_HOSTDEVS);
  g_autoptr (GString) alike = g_string_new (NULL);
  g_autoptr (GString) absent = g_string_new (NULL);
  g_autoptr (GString) numbered = g_string_new (NULL);

  if (nodes->len == 0)
    return;
  if (!context->local || !ho_host_exists (context->host, "/sys/bus/usb/devices"))
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the host's USB devices cannot be seen"));
      return;
    }
  for (guint i = 0; i < nodes->len; i++)
    {
      xmlNode *source = ho_xml_find_child (nodes->pdata[i], "source");
      gboolean has_address = ho_xml_find_child (source, "address") != NULL;
      g_autofree char *vendor = get_usb_id (source, "vendor");
      g_autofree char *product = get_usb_id (source, "product");
      guint n;

      if (vendor == NULL || product == NULL)
        {
          if (has_address)
            g_string_append_printf (numbered, "%s%u", numbered->len > 0 ? ", " : "", i + 1);
          continue;
        }
      n = count_usb (context->host, vendor, product);
      if (n > 1 && !has_address)
        g_string_append_printf (alike, "%s%s:%s", alike->len > 0 ? ", " : "", vendor, product);
      else if (n == 0 && !is_optional (source) && context->live == NULL)
        g_string_append_printf (absent, "%s%s:%s", absent->len > 0 ? ", " : "", vendor, product);
    }
  if (absent->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("not plugged in: %s"), absent->str);
      ho_finding_offer (finding, _ ("Set startupPolicy='optional' on the <source> of each USB "
                                    "<hostdev>, so that the guest starts without them too."));
    }
  else if (alike->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("more than one device is a %s"), alike->str);
      ho_finding_advise (finding, _ ("Remove the <hostdev> and let Handover switch the device: it "
                                     "can tell devices apart by serial number or port."));
    }
  else if (numbered->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("named by bus and device number only: %s"),
                      numbered->str);
      ho_finding_advise (finding, _ ("These numbers change whenever a device is plugged in. Name "
                                     "it by vendor and product."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("all %u can be found"), nodes->len);
}

static gboolean
fix_usb (xmlDoc *doc, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) sources = ho_xml_all (doc, USB_HOSTDEVS "/source");

  for (guint i = 0; i < sources->len; i++)
    ho_xml_set_attribute (sources->pdata[i], "startupPolicy", "optional");
  return TRUE;
}

const HoCheck ho_check_usb_hostdev = {
  .id = "usb-hostdev",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Can the USB devices in the guest's XML be found?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("A guest does not start while a USB device that it must have is absent, or while "
             "libvirt cannot tell which of several is meant."),
  .source = SOURCE,
  .run = run_usb,
  .fix = fix_usb,
  .touches = USB_HOSTDEVS "/source/@startupPolicy",
};

static gboolean
is_switched (const HoDoctorContext *context, const char *id)
{
  g_autoptr (GPtrArray) sources = ho_xml_all (context->definition, USB_HOSTDEVS "/source");

  for (char **wanted = context->input_devices; *wanted != NULL; wanted++)
    {
      if (g_ascii_strncasecmp (*wanted, id, strlen (id)) == 0)
        return TRUE;
    }
  for (guint i = 0; i < sources->len; i++)
    {
      g_autofree char *vendor = get_usb_id (sources->pdata[i], "vendor");
      g_autofree char *product = get_usb_id (sources->pdata[i], "product");
      g_autofree char *its_id = g_strconcat (vendor != NULL ? vendor : "", ":", product, NULL);

      if (g_str_equal (its_id, id))
        return TRUE;
    }
  return FALSE;
}

static void
run_autosuspend (const HoDoctorContext *context, HoFinding *finding)
{
  g_auto (GStrv) devices
      = context->local ? ho_host_list (context->host, "/sys/bus/usb/devices") : NULL;
  g_autoptr (GString) sleepy = g_string_new (NULL);
  const char *first = NULL;
  guint n = 0;

  for (char **device = devices; device != NULL && *device != NULL; device++)
    {
      const char *dir = "/sys/bus/usb/devices";
      g_autofree char *vendor = ho_host_read (context->host, "%s/%s/idVendor", dir, *device);
      g_autofree char *product = ho_host_read (context->host, "%s/%s/idProduct", dir, *device);
      g_autofree char *control = ho_host_read (context->host, "%s/%s/power/control", dir, *device);
      g_autofree char *id = g_strconcat (vendor != NULL ? vendor : "", ":", product, NULL);

      if (vendor == NULL || product == NULL || control == NULL || !is_switched (context, id))
        continue;
      n++;
      if (!g_str_equal (control, "auto"))
        continue;
      if (first == NULL)
        first = *device;
      g_string_append_printf (sleepy, "%s%s (%s)", sleepy->len > 0 ? ", " : "", id, *device);
    }
  if (n == 0)
    return;
  if (sleepy->len == 0)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("off for the devices that are switched"));
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("on for %s"), sleepy->str);
      ho_finding_advise (finding, "echo on | sudo tee /sys/bus/usb/devices/%s/power/control",
                         first);
    }
}

const HoCheck ho_check_usb_autosuspend = {
  .id = "usb-autosuspend",
  .family = HO_FAMILY_INPUT,
  .title = N_ ("Do keyboard and mouse stay awake?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("A device that the host lets sleep loses its first key or movement, and some do not "
             "wake up once they are in a guest."),
  .source = "https://docs.kernel.org/driver-api/usb/power-management.html",
  .run = run_autosuspend,
};

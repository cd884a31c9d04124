/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * HoPciHostdev:
 * @address: PCI address on the host, as sysfs writes it: `0000:01:00.0`
 * @managed: whether libvirt itself moves the function to vfio-pci and back
 */
typedef struct
{
  char *address;
  gboolean managed;
} HoPciHostdev;

/**
 * HoUsbHostdev:
 * @vendor: USB vendor id, 0 if the XML names none
 * @product: USB product id, 0 if the XML names none
 * @bus: bus number on the host, 0 if the XML gives no address
 * @device: device number on that bus, 0 if the XML gives no address
 * @alias: (nullable): libvirt's name for the device in a running guest
 * @missing: whether the device was absent when an optional hostdev was started
 */
typedef struct
{
  guint16 vendor;
  guint16 product;
  guint bus;
  guint device;
  char *alias;
  gboolean missing;
} HoUsbHostdev;

/**
 * HoChannelState:
 * @HO_CHANNEL_ABSENT: the guest has no such channel
 * @HO_CHANNEL_DISCONNECTED: it is there, but nothing in the guest has opened it
 * @HO_CHANNEL_CONNECTED: a program in the guest has opened it
 */
typedef enum
{
  HO_CHANNEL_ABSENT,
  HO_CHANNEL_DISCONNECTED,
  HO_CHANNEL_CONNECTED,
} HoChannelState;

/**
 * HoDomainSound:
 * @model: the emulated sound card, such as `ich9`
 * @audio: id of the #HoDomainAudio that it plays to, 0 if the XML leaves that to libvirt
 * @output_only: whether the card is a HD audio one that has no microphone
 */
typedef struct
{
  char *model;
  guint audio;
  gboolean output_only;
} HoDomainSound;

/**
 * HoDomainAudio:
 * @id: its number, from 1
 * @type: where QEMU plays: `pulseaudio`, `spice`, `none` …
 * @server: (nullable): the PulseAudio server, such as `unix:/run/handover/1000/pulse.sock`
 */
typedef struct
{
  guint id;
  char *type;
  char *server;
} HoDomainAudio;

/** HO_RETURN_PORT: the virtio-serial port on which a guest asks for its devices to go home. */
#define HO_RETURN_PORT "org.handover.return.0"

/**
 * HoDomainFacts:
 *
 * What Handover reads from a domain's XML: immutable, shared by reference, safe in any thread.
 */
typedef struct
{
  char *uuid;
  char *name;
  GPtrArray *pci_hostdevs; /* of HoPciHostdev, in the order of the XML */
  GPtrArray *usb_hostdevs; /* of HoUsbHostdev, in the order of the XML */
  GPtrArray *sounds;       /* of HoDomainSound, in the order of the XML */
  GPtrArray *audios;       /* of HoDomainAudio, in the order of the XML */
  char *legacy_audio; /* QEMU_PA_SERVER of <qemu:env>, which QEMU 8.2 and later ignore; or NULL */
  HoChannelState agent;
  HoChannelState return_channel;
} HoDomainFacts;

#define HO_TYPE_DOMAIN_FACTS (ho_domain_facts_get_type ())
GType ho_domain_facts_get_type (void);

HoDomainFacts *ho_domain_facts_new_from_xml (const char *xml, GError **error);
HoDomainFacts *ho_domain_facts_ref (HoDomainFacts *self);
void ho_domain_facts_unref (HoDomainFacts *self);
gboolean ho_domain_facts_equal (const HoDomainFacts *a, const HoDomainFacts *b);
gboolean ho_domain_facts_plays_to (const HoDomainFacts *self, const char *socket);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoDomainFacts, ho_domain_facts_unref)

G_END_DECLS

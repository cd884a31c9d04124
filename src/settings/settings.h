/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HO_SETTINGS_SCHEMA "org.handover.Handover"
#define HO_SETTINGS_GUEST_SCHEMA "org.handover.Handover.Guest"
#define HO_SETTINGS_PATH "/org/handover/Handover/"

#define HO_KEY_CONNECTION_URI "connection-uri"
#define HO_KEY_PRIMARY_GUEST "primary-guest"
#define HO_KEY_CLICK_ACTION "click-action"
#define HO_KEY_SHUTDOWN_TIMEOUT "shutdown-timeout"
#define HO_KEY_NOTIFY_GUEST "notify-guest"
#define HO_KEY_NOTIFY_PROBLEM "notify-problem"
#define HO_KEY_NOTIFY_CONNECTION "notify-connection"
#define HO_KEY_INHIBIT_SHUTDOWN "inhibit-shutdown"

/** HoClickAction: the values of %HO_KEY_CLICK_ACTION, as the schema has them. */
typedef enum
{
  HO_CLICK_TOGGLE_GUEST,
  HO_CLICK_SWITCH_INPUT,
  HO_CLICK_MENU,
} HoClickAction;

#define HO_TYPE_SETTINGS (ho_settings_get_type ())
G_DECLARE_FINAL_TYPE (HoSettings, ho_settings, HO, SETTINGS, GObject)

HoSettings *ho_settings_new (const char *file, GError **error);
HoSettings *ho_settings_new_in_memory (GError **error);

GSettings *ho_settings_get_global (HoSettings *self);
GSettings *ho_settings_get_guest (HoSettings *self, const char *uuid);
char *ho_settings_dup_connection_uri (HoSettings *self);
const char *ho_settings_get_file (HoSettings *self);
const char *const *ho_settings_get_warnings (HoSettings *self);

G_END_DECLS

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
#define HO_KEY_NOTIFY_GPU "notify-gpu"
#define HO_KEY_GPU_TIMEOUT "gpu-timeout"
#define HO_KEY_GPU_FREE_COMMAND "gpu-free-command"
#define HO_KEY_GPU_GUEST_COMMAND "gpu-guest-command"
#define HO_KEY_GPU_HOST_COMMAND "gpu-host-command"
#define HO_KEY_TRUSTED_CARDS "trusted-cards"
#define HO_KEY_NOTIFY_INPUT "notify-input"
#define HO_KEY_INPUT_DEVICES "input-devices"
#define HO_KEY_INPUT_TIMEOUT "input-timeout"
#define HO_KEY_RETURN_AFTER "return-after"
#define HO_KEY_LAST_KEYBOARD "last-keyboard"
#define HO_KEY_LAST_KEYBOARD_RETURN "last-keyboard-return"
#define HO_KEY_RETURN_BY_SSH "return-by-ssh"
#define HO_KEY_RETURN_ON_QUIT "return-on-quit"
#define HO_KEY_HEARTBEAT_TIMEOUT "heartbeat-timeout"
#define HO_KEY_ALIVE_EXTENDS "alive-extends"
#define HO_KEY_SHORTCUT "shortcut"
#define HO_KEY_AUDIO_MODE "audio-mode"
#define HO_KEY_AUDIO_MICROPHONE "audio-microphone"
#define HO_KEY_QEMU_USER "qemu-user"
#define HO_KEY_NOTIFY_AUDIO "notify-audio"
#define HO_KEY_AUDIO_VOLUME "audio-volume" /* of a guest */
#define HO_KEY_AUDIO_MUTED "audio-muted"   /* of a guest */
#define HO_KEY_AUDIO_DEVICE "audio-device" /* of a guest */
#define HO_KEY_COMMANDS_BEFORE_GUEST "commands-before-guest"
#define HO_KEY_COMMANDS_AFTER_GUEST "commands-after-guest"
#define HO_KEY_COMMANDS_BEFORE_HOST "commands-before-host"
#define HO_KEY_COMMANDS_AFTER_HOST "commands-after-host"
#define HO_KEY_COMMANDS_TIMEOUT "commands-timeout"
#define HO_KEY_SWITCH_ON_START "switch-on-start" /* of a guest */

/** HO_KEY_SHIELD_CPUS: whether the host leaves the guest's processors while it runs (guest). */
#define HO_KEY_SHIELD_CPUS "shield-cpus"

/** HoClickAction: the values of %HO_KEY_CLICK_ACTION, as the schema has them. */
typedef enum
{
  HO_CLICK_TOGGLE_GUEST,
  HO_CLICK_SWITCH_INPUT,
  HO_CLICK_MENU,
} HoClickAction;

/** HoAudioMode: the values of %HO_KEY_AUDIO_MODE, as the schema has them. */
typedef enum
{
  HO_AUDIO_MODE_AUTO,
  HO_AUDIO_MODE_MODULE,
  HO_AUDIO_MODE_BRIDGE,
  HO_AUDIO_MODE_OFF,
} HoAudioMode;

/** HoLastKeyboard: the values of %HO_KEY_LAST_KEYBOARD, as the schema has them. */
typedef enum
{
  HO_LAST_KEYBOARD_ARM,
  HO_LAST_KEYBOARD_REFUSE,
} HoLastKeyboard;

#define HO_TYPE_SETTINGS (ho_settings_get_type ())
G_DECLARE_FINAL_TYPE (HoSettings, ho_settings, HO, SETTINGS, GObject)

HoSettings *ho_settings_new (const char *file, GError **error);
HoSettings *ho_settings_new_in_memory (GError **error);

GSettings *ho_settings_get_global (HoSettings *self);
GSettings *ho_settings_get_guest (HoSettings *self, const char *uuid);
char *ho_settings_dup_connection_uri (HoSettings *self);
const char *ho_settings_get_file (HoSettings *self);
gboolean ho_settings_has_file (HoSettings *self);
const char *const *ho_settings_get_warnings (HoSettings *self);

G_END_DECLS

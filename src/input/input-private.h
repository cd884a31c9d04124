/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input-switch.h"
#include "input.h"
#include "keeper-link.h"

G_BEGIN_DECLS

/* What the files of #HoInput share; nobody else includes it. */

struct _HoInput
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoGuestList *guests;
  HoSettings *settings;
  HoUsbBus *bus;
  HoKeeperLink *keeper;  /* NULL where there can be none */
  HoInputSwitch *backup; /* brings them home where no keeper can be started */
  gboolean keeping;
  guint moving; /* wishes that the keeper has not answered yet */

  HoInputView *view;
  char *told; /* UUID of the guest that was told to have them; NULL: they were told to be home */
  HoGuest *guest;
  HoInputLocation location;
  gint64 return_at;
  gboolean unasked;
  gboolean busy;
  gboolean stuck;
  char *reason;
  char *problem;
};

/* input.c */
void ho_input_update (HoInput *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "finding-row.h"

#include <glib/gi18n.h>

/**
 * HoFindingRow:
 *
 * What one check found: verdict, what was seen, and unless that is right why it matters and what to
 * do. The signal `fix` asks for the change that mends it.
 */
struct _HoFindingRow
{
  GtkGrid parent;

  const HoCheck *check;
};

G_DEFINE_FINAL_TYPE (HoFindingRow, ho_finding_row, GTK_TYPE_GRID)

enum
{
  FIX,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static const char *
get_icon (HoVerdict verdict)
{
  switch (verdict)
    {
    case HO_VERDICT_OK:
      return "emblem-ok-symbolic";
    case HO_VERDICT_ADVICE:
      return "dialog-information-symbolic";
    case HO_VERDICT_WARNING:
      return "dialog-warning-symbolic";
    case HO_VERDICT_ERROR:
      return "dialog-error-symbolic";
    case HO_VERDICT_UNKNOWN:
    default:
      return "dialog-question-symbolic";
    }
}

static GtkWidget *
attach_text (HoFindingRow *self, int row, const char *text, const char *style_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_line_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_hexpand (label, TRUE);
  if (style_class != NULL)
    gtk_style_context_add_class (gtk_widget_get_style_context (label), style_class);
  gtk_grid_attach (GTK_GRID (self), label, 1, row, 1, 1);
  gtk_widget_show (label);
  return label;
}

static void
on_fix (HoFindingRow *self)
{
  g_signal_emit (self, signals[FIX], 0);
}

static void
attach_fix (HoFindingRow *self)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Fix…"));
  g_autofree char *name = g_strdup_printf (_ ("Fix: %s"), _ (self->check->title));

  /* There is one for each finding: a screen reader says which. */
  atk_object_set_name (gtk_widget_get_accessible (button), name);
  gtk_widget_set_valign (button, GTK_ALIGN_START);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_fix), self);
  gtk_grid_attach (GTK_GRID (self), button, 2, 0, 1, 2);
  gtk_widget_show (button);
}

/* The source is an address to follow, or the name of a manual. */
static void
attach_source (HoFindingRow *self, int row)
{
  g_autofree char *scheme = g_uri_parse_scheme (self->check->source);
  GtkWidget *link;
  g_autofree char *name = g_strdup_printf (_ ("Read more: %s"), _ (self->check->title));

  if (scheme == NULL)
    return;
  link = gtk_link_button_new_with_label (self->check->source, _ ("Read more"));
  atk_object_set_name (gtk_widget_get_accessible (link), name);
  gtk_widget_set_halign (link, GTK_ALIGN_START);
  gtk_grid_attach (GTK_GRID (self), link, 1, row, 1, 1);
  gtk_widget_show (link);
}

static void
ho_finding_row_class_init (HoFindingRowClass *klass)
{
  signals[FIX] = g_signal_new ("fix", HO_TYPE_FINDING_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 0);
}

static void
ho_finding_row_init (HoFindingRow *self)
{
  gtk_grid_set_column_spacing (GTK_GRID (self), 12);
  gtk_grid_set_row_spacing (GTK_GRID (self), 3);
}

/**
 * ho_finding_row_new:
 * @finding: what was found
 *
 * Returns: (transfer floating): a widget that shows it
 */
GtkWidget *
ho_finding_row_new (const HoFinding *finding)
{
  HoFindingRow *self = g_object_new (HO_TYPE_FINDING_ROW, "visible", TRUE, NULL);
  GtkWidget *icon = gtk_image_new_from_icon_name (get_icon (finding->verdict), GTK_ICON_SIZE_MENU);
  const char *word = ho_verdict_get_word (finding->verdict);
  int row = 0;

  self->check = finding->check;
  gtk_widget_set_tooltip_text (icon, word);
  atk_object_set_name (gtk_widget_get_accessible (icon), word);
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_widget_show (icon);
  gtk_grid_attach (GTK_GRID (self), icon, 0, 0, 1, 1);

  attach_text (self, row++, _ (finding->check->title), NULL);
  attach_text (self, row++, finding->seen, GTK_STYLE_CLASS_DIM_LABEL);
  if (finding->verdict == HO_VERDICT_OK)
    return GTK_WIDGET (self);
  attach_text (self, row++, _ (finding->check->why), GTK_STYLE_CLASS_DIM_LABEL);
  /* Often a command, to be copied. */
  if (finding->advice != NULL)
    gtk_label_set_selectable (GTK_LABEL (attach_text (self, row++, finding->advice, NULL)), TRUE);
  attach_source (self, row++);
  if (finding->fixable)
    attach_fix (self);
  return GTK_WIDGET (self);
}

/**
 * ho_finding_row_get_check:
 * @self: a row
 *
 * Returns: (transfer none): the check whose finding it shows
 */
const HoCheck *
ho_finding_row_get_check (HoFindingRow *self)
{
  return self->check;
}

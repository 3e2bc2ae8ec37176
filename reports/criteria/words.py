"""What the page says whatever comes out: what the tables show, and how it was measured."""

FRONTS = """\
Each point is one weight, the mean over seeds; up is more of a seven (nats lost, on a log scale),
right is bolder. The grey line is a seven as likely as not. Left is what the search was promised,
right what the measure of Morpho-MNIST and three independent classifiers say of the same pictures.
Filled: harsh for at least half of the starts. Dotted lines, in the first row, are those of the
worse of two criteria.

The table's share is that of thickness in the sum; *a seven* is the share of starts that most judges
call a seven, *harsh* that in which all do and neither the distance to real sevens nor the error of
an independent autoencoder is beyond 95 % of real ones; *front*: no other search or weight is truly
better in both."""
VOLUMES = """\
Hypervolumes in px times nats, from no gain at P(7) = 1/2 on, of a seed's results over all weights:
means over seeds, and differences to random draws by seed. *Boldest*: the largest true gain among
these results that most judges (or the harsh one) call a seven, 0 where none is. *Alike*: the mean
cosine between what two seeds found; near 1, all starts end at the same picture."""
DENTS = """\
A weighted sum can only pick points that no straight line between two others passes above. The
worse of two, `-max(s * ({ideal:g} px - thickness), (1 - s) * -log P(7))`, can pick any point of
the front, here at the same budget a weight. *Beaten*: one of the sums' results of the same search
and seed is better in both; *in a dent*: none is, but the line between two of them passes above;
*beyond*: neither. *Compromises* are undominated results a seed with a promised log P(7) of
{low:.2f} to {high:.2f}. The last two rows are the same starts with few units and with more."""
STRIP = """\
*{search}*: a start in each row, then what each share picks, with the true gain; *lost* where most
judges see no seven, *harsh* where all judges and detectors let it pass."""
MEASURED = """\
- {budget} units for each weight; a score costs 1 and its gradient 1 more. A weight takes the best,
  by its own score, of all that its search evaluated over the whole sweep ({whole} units a seed);
  draws know no weights, and have {whole} units at once.
- Shares of thickness in sums: {sums}; in the worse of two: {worst}. At first 0.01, 0.1, 0.5, 0.9
  and 0.99 were tried; 0.7 and 0.8 were added where the seven goes. Those of the worse of two were
  set so that its results spread over the same stretch. Its slope jumps where the worse one changes,
  which Adam does not like: no search was tuned for it.
- *Reads the picture*: one network on the decode says how thick it is, another which digit; *reads
  the code*: two heads of the VAE on `z`. Judges are three other classifiers, trained apart.
- {n} of {seeds} seeds from sevens: a start without a stroke to measure is left out, a result
  without one has gained and kept nothing. Starts are the VAE's codes of held-out digits. Intervals
  are 95 %, Wilson's for shares, bootstrap over seeds for means.
- Seeds tell less than their number says where searches end at the same picture: {best} from sevens
  is alike by {alike} (draws: {draws}). A bold seven is found, not a variety of them, and gains
  differ as the starts do.
- Seven is one digit, and its log-probability saturates: nearly nothing is lost as long as
  classifiers are sure, so that the front has a flat part and a cliff. How a bold seven should look
  is no judge's business; the harsh one only knows how real ones do. A blob has no
  stroke, and the true thickness of nearly equal blobs may differ by several px: gains without a
  seven are no measure.
- A result in a dent of what the sums found may be an unfinished climb where the front itself has no
  dent, which is what the longer sweep looks at ({long} seeds). One training of each network, one
  decoder."""

namespace Phi4R.Data;

/// <summary>How unlike two answers are, where the likest are paired first.</summary>
public enum PairDistance
{
    /// <summary>
    /// Places at which they differ, those past the end of the shorter one too: for answers of one length. Of others the
    /// shortest are the likest.
    /// </summary>
    Places,

    /// <summary>
    /// That as a share of the longer one's places, so that answers of similar length are near, whatever their length.
    /// </summary>
    Share,
}

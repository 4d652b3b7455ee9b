namespace Phi4R.Show;

/// <summary>Something that a notebook shows.</summary>
public interface IFigure
{
    /// <summary>What is shown, in words, for those who cannot see it.</summary>
    string AltText { get; }

    /// <summary>HTML without scripts that survives in a saved, untrusted notebook.</summary>
    string ToHtml();
}

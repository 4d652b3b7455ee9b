using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Writes worked solutions for a model to learn from; not all of them are right.</summary>
public interface ITeacher
{
    /// <summary>
    /// As many completions as asked for, each sampled on its own: texts from &lt;think&gt; to the box, without token
    /// ids.
    /// </summary>
    /// <param name="stream">Drives every draw.</param>
    IReadOnlyList<Completion> Answer(Problem problem, int count, RandomStream stream);
}

using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Writes worked answers for a model to learn from; not all of them are right.</summary>
public interface ITeacher
{
    /// <summary>As many answers as asked for, each drawn on its own.</summary>
    /// <param name="stream">Drives every draw.</param>
    IReadOnlyList<TeacherAnswer> Answer(Problem problem, int count, RandomStream stream);
}

/// <summary>One answer of a teacher.</summary>
/// <param name="Text">From &lt;think&gt; to the box, without the token that ends a turn.</param>
/// <param name="Style">How it is written, a word of the teacher's own.</param>
/// <param name="Finished">False where the text was cut or ran in circles, and so has no box.</param>
public sealed record TeacherAnswer(string Text, string Style, bool Finished);

namespace Phi4R.Model;

/// <summary>The policies as files and commands spell them.</summary>
public static class RopePolicies
{
    /// <summary>by-length or long.</summary>
    public static string Spelled(this RopePolicy policy) => policy == RopePolicy.ByLength ? "by-length" : "long";

    /// <summary>The policy that a model was trained with, once it is sure that no other is asked for.</summary>
    /// <param name="recorded">What the model was trained with.</param>
    /// <param name="asked">What it is to be used with; null: whatever it was trained with.</param>
    /// <param name="where">The record's name, for the message.</param>
    /// <exception cref="FormatException">Another is asked for.</exception>
    public static RopePolicy Shared(this RopePolicy recorded, RopePolicy? asked, string where) =>
        (asked ?? recorded) == recorded
        ? recorded
        : throw new FormatException($"{where} is {recorded.Spelled()}, and {asked?.Spelled()} was asked for; "
            + "training, rollouts and evaluation of a model must share one policy");

    /// <summary>Reads a policy from the way that it is spelled on a command line.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static RopePolicy Parse(string spelled) => spelled switch
    {
        "by-length" => RopePolicy.ByLength,
        "long" => RopePolicy.AlwaysLong,
        _ => throw new FormatException($"the rope policy is '{spelled}'; it can be by-length or long"),
    };
}

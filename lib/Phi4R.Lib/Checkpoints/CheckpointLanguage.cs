using Phi4R.Model;
using Phi4R.Text;

namespace Phi4R.Checkpoints;

/// <summary>What a folder's model reads and writes, also where no file of a tokenizer says so.</summary>
internal static class CheckpointLanguage
{
    /// <summary>
    /// The folder's own tokenizer; else the one whose vocabulary is the model's: Phi-4-mini's, or for a stage of a run
    /// the pocket's. Null for any other.
    /// </summary>
    /// <exception cref="InvalidDataException">The folder has a tokenizer, and it is none that is known.</exception>
    public static ITokenizer? Tokenizer(string folder, ModelConfig config) =>
        TokenizerFiles.Find(folder) is { } found ? found
        : config.VocabularySize == new Phi4MiniTokenizer().VocabularySize ? new Phi4MiniTokenizer()
        : File.Exists(Path.Combine(folder, "stage.json")) && new PocketTokenizer() is var pocket
            && pocket.VocabularySize == config.VocabularySize ? pocket
        : null;

    /// <summary>The folder's own chat template, or else its tokenizer's usual one.</summary>
    /// <exception cref="InvalidDataException">The folder has a template, and it is none that is known.</exception>
    public static ChatTemplate? Template(ITokenizer? tokenizer, string folder) => tokenizer switch
    {
        Phi4MiniTokenizer => TokenizerFiles.FindTemplate(folder) ?? ChatTemplate.Reasoning,
        PocketTokenizer => ChatTemplate.Instruct,
        _ => null,
    };
}

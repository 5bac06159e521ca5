#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/architectures/catalogue.h"

/// The families of the catalogue: one function and one file each.
namespace lathe::families {

/// One architecture as its family describes it; the catalogue adds what is published about it.
struct Member {
    std::string name;
    std::string family;
    ArchitectureType type = ArchitectureType::Cnn;
    int year = 0; ///< in which the paper first appeared
    /// Adds the nodes behind the input, of C x H x W (or of tokens) with every extent at least 1, and returns the
    /// logits' (or features') node.
    std::function<NodeId(GraphBuilder& builder, std::int64_t classes)> network;
    Shape input{3, 224, 224}; ///< where no published crop says otherwise
    std::int64_t classes = 1000;
    std::int64_t vocabulary = 0; ///< of token ids, of which `input` is then the number; 0: takes images
};

/// "convnet:8,16,32": a network of one's own widths, by its name. NotFound where the widths are none.
bool isConvNet(std::string_view name);
Result<Member> convNetNamed(std::string_view name);

std::vector<Member> leNets();
std::vector<Member> alexNets();
std::vector<Member> vggs();
std::vector<Member> googLeNets();
std::vector<Member> inceptionsV3();
std::vector<Member> resNets(); ///< with ResNeXt and Wide ResNet
std::vector<Member> squeezeNets();
std::vector<Member> denseNets();
std::vector<Member> mobileNetsV2();
std::vector<Member> mobileNetsV3();
std::vector<Member> mnasNets();
std::vector<Member> shuffleNetsV2();
std::vector<Member> efficientNets();
std::vector<Member> convNexts();
std::vector<Member> efficientNetsV2();
std::vector<Member> regNets(); ///< X and Y
std::vector<Member> visionTransformers();
std::vector<Member> swinTransformers(); ///< both versions
std::vector<Member> deiTs();
std::vector<Member> maxVits();
std::vector<Member> mlps();  ///< MLP-Mixer, ResMLP and gMLP
std::vector<Member> berts(); ///< BERT and DistilBERT

} // namespace lathe::families

// The loader and the table of libmolt_cuda: without a driver everything says no, quietly.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cuda/api.h"

#include <dlfcn.h>

#include <QtTest>
#include <cstdlib>
#include <string>

using namespace molt;

namespace {

bool driver_present() { return dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) != nullptr; }

}  // namespace

class TstApi : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void the_loader_answers_null_without_a_driver() {
        if (driver_present()) QSKIP("this machine has an NVIDIA driver");
        QVERIFY(cuda::api() == nullptr);
        QVERIFY(cuda::api() == nullptr);
    }
    void the_library_opens_without_a_driver_and_says_that_no_device_is_available() {
#if defined(MOLT_CUDA_LIBRARY_PATH)
        void* library = dlopen(MOLT_CUDA_LIBRARY_PATH, RTLD_NOW | RTLD_LOCAL);
        QVERIFY2(library != nullptr, dlerror());
        const auto table = reinterpret_cast<const cuda::Api* (*)()>(dlsym(library, "molt_cuda_api"));
        QVERIFY(table != nullptr);
        QCOMPARE(table()->version, cuda::kApiVersion);
        if (!driver_present()) {
            QVERIFY(!table()->available());
            QVERIFY(!table()->available());
        }
        kernels::StateUpdate<float> nothing{};
        QCOMPARE(table()->state_update_f32(nothing, nullptr), cuda::kBadShape);
        QVERIFY(std::string(table()->error_text(cuda::kBadShape)).find("sizes") != std::string::npos);
        QVERIFY(!std::string(table()->error_text(35)).empty());
#else
        QSKIP("nvcc was not found: the kernels are not compiled here");
#endif
    }
};

QTEST_GUILESS_MAIN(TstApi)
#include "tst_api.moc"

// Kubernetes admission: what objects name, held against the inventory.
export {
  type AdmissionListener,
  type AdmissionTls,
  checkAdmissionExposure,
  startAdmissionListener,
} from './listener.ts';
export { createManifestCheck } from './manifest.ts';
export { type Places, readPlaces } from './places.ts';
export { createReview } from './review.ts';

// Light: brighter, paler.
import { type Corrupt, strength } from './image.ts';

/** Added to every channel, where the original adds to the value of hue, saturation and value. */
export const brightness: Corrupt = (image, severity) => {
  const more = strength(image, severity, [0.05, 0.1, 0.15, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5]);
  for (let i = 0; i < image.data.length; i++) image.data[i]! += more;
};

export const contrast: Corrupt = (image, severity) => {
  const kept = strength(image, severity, [0.75, 0.5, 0.4, 0.3, 0.15], [0.4, 0.3, 0.2, 0.1, 0.05]);
  const plane = image.height * image.width;
  for (let channel = 0; channel < image.channels; channel++) {
    const values = image.data.subarray(channel * plane, (channel + 1) * plane);
    const mean = values.reduce((sum, value) => sum + value, 0) / plane;
    for (let i = 0; i < plane; i++) values[i] = (values[i]! - mean) * kept + mean;
  }
};
